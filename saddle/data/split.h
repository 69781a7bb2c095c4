// Deals samples to the three parts by ranked keys.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace saddle {

/// The rows of train, select and test, each in a fixed order that is shuffled by the seed.
using Parts = std::array<std::vector<int64_t>, 3>;

/// Returns a hash of a row's number, the key of data that have no better one.
uint64_t row_key(uint64_t seed, int64_t row);

/// Deals rows to parts: rows are ranked by key, and rows with equal keys stay together.
///
/// The first of the ranking go to test, the next to select, the rest to train, so that every part has its
/// share to within half a sample, or half a group of equal keys; at least one group each. Throws: Error,
/// begun by `where`, for shares that are not positive, or fewer than three different keys.
Parts split_by_rank(const std::vector<uint64_t>& keys, const std::array<double, 3>& shares, uint64_t seed,
                    const std::string& where);

/// Cuts rows in two halves: ranked by key as above, and those with equal keys stay together.
///
/// `keys` of all rows, by their numbers; empty: no two are equal. Each half has rows, in the order of `rows`, if there
/// are two different keys; else the second is empty.
std::array<std::vector<int64_t>, 2> halve(const std::vector<int64_t>& rows, const std::vector<uint64_t>& keys,
                                          uint64_t seed);

/// Deals rows to parts as `split_by_rank` does, but groups of equal keys may have any size: the shares come as near
/// to those asked for as whole groups allow (of up to 10 groups exactly so), rather than in the order of the ranking.
Parts split_by_group(const std::vector<uint64_t>& keys, const std::array<double, 3>& shares, uint64_t seed,
                     const std::string& where);

}  // namespace saddle
