// Distances between samples from pairs of rows alone: the squared maximum mean discrepancy, and the energy distance.
#pragma once
#include <cstdint>

#include "saddle/base/tensor.h"

namespace saddle {

/// How a distance is estimated.
struct PairOptions {
  double confidence = 0.95;    // of the interval
  int64_t permutations = 499;  // of the labels, for the p-value; 0: none
  uint64_t seed = 0;           // of the order of the rows and of the permutations
};

/// A distance between two samples, its interval, and a test of P = Q by it.
struct PairDistance {
  double estimate;      // unbiased, so that it may be negative
  double lower, upper;  // the interval of the distance
  double p_value;       // P(p <= a) <= a under P = Q; at least 1 / (permutations + 1), and 1 without permutations
};

/// Unbiased estimate of the squared maximum mean discrepancy, with a Gaussian kernel.
///
///   MMD^2(P, Q) = E k(x, x') + E k(y, y') - 2 E k(x, y),   k(x, y) = exp(-|x - y|^2 / (2 h^2))
///
/// The bandwidth h is the median distance of 1,000 rows of both sides. The rows are dealt at random to blocks of at
/// most 1,500 a side, fewer where there are more rows; the estimate is the blocks' mean U-statistic. The interval is
/// Student's, from the spread of at least 16 blocks (parts of those where they are few), so that it is cautious for
/// small samples. The permutations exchange the same rows in every block, which keeps the test exact.
/// Shapes: p [n, ...], q [m, ...]; any float type, finite. Surplus rows beyond 10 times the other side are left out.
/// Result: in squared kernel units, at most 2.
/// Throws: Error if a row's size differs or either sample has fewer than 10 rows.
/// Cost: O(n b d) time and O(b^2) memory beside the rows, with b = min(1,500, 10^7 / n) rows a block.
/// Source: Gretton et al. 2012, A Kernel Two-Sample Test, Lemma 6; Zaremba et al. 2013, B-test.
PairDistance mmd2(const Tensor& p, const Tensor& q, const PairOptions& options = {});

/// Unbiased estimate of the energy distance, which is `mmd2` with the kernel -|x - y|.
///
///   2 E|x - y| - E|x - x'| - E|y - y'|
///
/// Result: in the units of x; 0 only where P = Q, if the means exist. Everything else as for `mmd2`.
/// Source: Szekely and Rizzo 2013, Energy statistics.
PairDistance energy_distance(const Tensor& p, const Tensor& q, const PairOptions& options = {});

}  // namespace saddle
