// Implements the split.
#include "saddle/data/split.h"

#include <numeric>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"

namespace saddle {
namespace {

uint64_t scramble(uint64_t x) {  // SplitMix64's finaliser
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

/// Rows ranked by key, and where the groups of equal keys end.
struct Ranking {
  std::vector<int64_t> rows;
  std::vector<size_t> ends;
};

Ranking rank_rows(const std::vector<uint64_t>& keys) {
  Ranking ranking;
  ranking.rows.resize(keys.size());
  std::iota(ranking.rows.begin(), ranking.rows.end(), 0);
  std::sort(ranking.rows.begin(), ranking.rows.end(),
            [&](int64_t a, int64_t b) { return std::pair(keys[a], a) < std::pair(keys[b], b); });
  for (size_t i = 1; i <= keys.size(); ++i)
    if (i == keys.size() || keys[ranking.rows[i]] != keys[ranking.rows[i - 1]]) ranking.ends.push_back(i);
  return ranking;
}

/// The group, from `first` to `last`, whose end is nearest to `wanted` rows.
size_t nearest_end(const std::vector<size_t>& ends, size_t first, size_t last, double wanted) {
  size_t best = first;
  for (size_t g = first; g <= last; ++g)
    if (std::fabs(static_cast<double>(ends[g]) - wanted) < std::fabs(static_cast<double>(ends[best]) - wanted))
      best = g;
  return best;
}

}  // namespace

uint64_t row_key(uint64_t seed, int64_t row) {
  return scramble(derive_seed(seed, "row") + 0x9e3779b97f4a7c15ULL * static_cast<uint64_t>(row + 1));
}

Parts split_by_rank(const std::vector<uint64_t>& keys, const std::array<double, 3>& shares, uint64_t seed,
                    const std::string& where) {
  const double sum = shares[0] + shares[1] + shares[2];
  for (const double share : shares)
    if (!std::isfinite(sum) || !(share > 0))
      throw Error(where + ": expected three positive shares (train, select, test)");
  const auto [rows, ends] = rank_rows(keys);
  const size_t groups = ends.size();
  if (groups < 3)
    throw Error(where + ": expected at least 3 samples that may part, one for each of train, select and test, got " +
                std::to_string(groups));

  const auto count = static_cast<double>(keys.size());
  const size_t test = nearest_end(ends, 0, groups - 3, count * shares[2] / sum);
  const size_t select = nearest_end(ends, test + 1, groups - 2, count * (shares[1] + shares[2]) / sum);
  Parts parts = {std::vector<int64_t>(rows.begin() + ends[select], rows.end()),
                 std::vector<int64_t>(rows.begin() + ends[test], rows.begin() + ends[select]),
                 std::vector<int64_t>(rows.begin(), rows.begin() + ends[test])};
  // A fixed order that keeps neither copies nor folders together, so that the first few samples show the
  // variety.
  for (auto& part : parts)
    std::sort(part.begin(), part.end(),
              [&](int64_t a, int64_t b) { return std::pair(row_key(seed, a), a) < std::pair(row_key(seed, b), b); });
  return parts;
}

std::array<std::vector<int64_t>, 2> halve(const std::vector<int64_t>& rows, const std::vector<uint64_t>& keys,
                                          uint64_t seed) {
  std::vector<uint64_t> own;
  own.reserve(rows.size());
  for (const int64_t row : rows)
    own.push_back(
        row_key(derive_seed(seed, "half"), keys.empty() ? row : static_cast<int64_t>(keys[static_cast<size_t>(row)])));
  const auto [ranked, ends] = rank_rows(own);
  if (ends.size() < 2) return {rows, {}};
  const size_t cut = ends[nearest_end(ends, 0, ends.size() - 2, static_cast<double>(rows.size()) / 2)];
  std::vector<bool> second(rows.size());
  for (size_t i = cut; i < ranked.size(); ++i) second[static_cast<size_t>(ranked[i])] = true;
  std::array<std::vector<int64_t>, 2> halves;
  for (size_t i = 0; i < rows.size(); ++i) halves[second[i] ? 1 : 0].push_back(rows[i]);
  return halves;
}

}  // namespace saddle
