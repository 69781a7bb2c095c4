// The kernel distance of features (KID): the squared maximum mean discrepancy of a cubic kernel.
#pragma once
#include <cstdint>

#include "saddle/base/tensor.h"

namespace saddle {

/// How a kernel distance is computed.
struct KernelOptions {
  double confidence = 0.95;   // of the interval
  uint64_t seed = 0;          // of the order in which rows fall into blocks
  Tensor p_groups, q_groups;  // [n] and [m] int64: rows of one group are no independent rows; undefined: all are
};

/// A kernel distance with its interval; NaN stands for what there is not.
struct KernelDistance {
  double distance;
  double lower, upper;  // interval for the distance of P and Q
  double blocks_mean;   // over all pairs of disjoint blocks of 1,000 rows
  double blocks_std;    // of those: how far a block's distance is off, no standard error of the mean
  int64_t blocks;       // pairs; 0 where a side has fewer rows
  double all_pairs;     // what other tools compute: with pairs of rows of one group
};

/// Unbiased estimate of the squared maximum mean discrepancy of two samples.
///
///   E k(x, x') + E k(y, y') - 2 E k(x, y),  k(x, y) = (<x, y> / d + 1)^3
///
/// over all pairs of rows, but for pairs of one group (of a row with itself, where there are no groups).
///
/// Shapes: p [n, d], q [m, d], any float type: products in float32 of rows less a common mean, unless a side is
/// float64; summed in float64.
/// Result: may be negative, since it is unbiased at every n and m.
/// Interval: from each row's mean kernel, summed within groups, by `square_interval` of the biased statistic, whose
/// bias is known and taken off. It holds where P = Q too, a third wider than needed there. NaN where p and q are the
/// same rows.
/// Blocks: other tools give mean and spread over 100 random subsets of 1,000; 10,000 rows a side have as many pairs of
/// disjoint ones, which cost nothing here.
///
/// Throws: Error if d differs, a side has fewer than two groups, or groups have another shape.
/// Cost: O((n + m)^2 d) time, of which half of p's and of q's own pairs are computed; memory O((n + m) d).
/// Source: Binkowski et al. 2018, Demystifying MMD GANs; Gretton et al. 2012, A Kernel Two-Sample Test, Lemma 6.
KernelDistance kernel_distance(const Tensor& p, const Tensor& q, const KernelOptions& options = {});

}  // namespace saddle
