// Rows of samples of which some belong together, as the photographs of one person do: their order, and how far a mean
// of them may be off.
#pragma once
#include <cstdint>
#include <vector>

#include "saddle/base/rng.h"
#include "saddle/base/tensor.h"

namespace saddle {

/// Rows in random order, those of one group next to one another.
struct RowOrder {
  Tensor rows;                // [n] int64: their old places
  std::vector<int64_t> ends;  // of the groups, in the new order; the last is n

  /// The end of a group that is nearest to `place`: where the rows may be divided.
  int64_t nearest_end(int64_t place) const;
};

/// Shuffles the groups of n rows; where `groups` [n] int64 is undefined, each row is one.
///
/// Throws: Error if `groups` has another shape or type.
RowOrder shuffle_rows(int64_t n, const Tensor& groups, Rng& rng);

/// The variance of a mean, and how well it is known: as from a sum of so many squares of normal numbers.
struct MeanVariance {
  double variance;
  double freedom;

  /// That of a sum of two independent means.
  MeanVariance operator+(const MeanVariance& other) const;
};

/// Variance of the mean of numbers whose groups are independent of one another.
///
///   G / (G - 1) sum over groups of s^2 / n^2, s = sum over its rows of (x - mean)
///   freedom = 2 G / (kurtosis of s - 1), at most G - 1: what the variance's own variance says (Satterthwaite 1946)
///
/// Shapes: x [n], any float type; groups [n] int64, or undefined: each row is one.
MeanVariance variance_of_mean(const Tensor& x, const Tensor& groups);

/// How many groups there are among n rows.
int64_t count_groups(int64_t n, const Tensor& groups);

}  // namespace saddle
