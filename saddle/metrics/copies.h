// Are generated images copies of training images? A test with held-out images as the yardstick.
#pragma once
#include <cstdint>
#include <vector>

#include "saddle/metrics/metric.h"

namespace saddle {

/// Whether rows of Q lie on training rows more often than held-out rows of P do.
///
/// Of each row, r = d_1 / d_5 is looked at: its distance to the nearest training row by that to the fifth nearest. What
/// has r < 1/2 is taken for a copy. A copy has r near 0; a blurry image, which is near many training images and a copy
/// of none, has r near 1, though its d_1 is small. Not seen are a copy of part of an image, a mixture of two, a copy
/// that features tell from its original by half of the distance to other images, and one of what training holds five
/// times. In few dimensions r < 1/2 is common, of held-out rows too, which is why these are the yardstick.
///
/// Estimate: the share of copies among Q's rows, with Wilson's interval over rows or groups. `expected`: the same of
/// the held-out rows; its interval is held_out_lower and held_out_upper.
/// Test: with t the 8th, 16th, 32nd ... and the largest r of what is taken for a copy in both samples, how many rows of
/// Q have r <= t, by mean and standard deviation under labels by chance; the largest of these; one-sided, 1,999
/// permutations of the labels. They exchange whole groups, so that the level is exact at every sample size where the
/// groups of both sides are alike. If only one side has groups, one row of each is drawn, 20 times, and the p-value is
/// twice the mean, at most 1, which is valid: a generator's rows cannot be put into groups like people's photographs.
/// With few groups held out no copies can be told.
/// Power: a perfect sampler that repeats 2 % of its rows is nearly always found from 500 rows a side, seldom with 300.
/// Held-out rows of a group that training has too are nearer to training than a new group's would be, and hide copies
/// rather than make some up; a warning says how many there are.
/// Details beside: train; nearer, the share of Q's rows whose d_1 is below the 1st percentile of P's, on average
/// nearer_expected at P = Q: copies raise it, and so does blur.
/// Cost: 2 (n + m) k d operations for k training rows.
/// Source: Meehan, Chaudhuri and Dasgupta 2020, A non-parametric test to detect data-copying (held-out rows as the
/// yardstick); Ruschendorf 1982 (twice the mean of p-values).
std::vector<MetricValue> copies(const MetricInput& input, const MetricOptions& options);

/// A row of a sample and the training row that it is nearest to.
struct NearestPair {
  int64_t row, train_row;
  double distance;        // between them
  double ratio;           // of that to the distance of the fifth nearest training row: what `copies` looks at
  double train_distance;  // of the training row to the nearest other one, which may be its duplicate
};

/// The pairs with the smallest ratios, the smallest first.
///
/// Shapes: q [m, d], train [k, d], any float type. Result: min(count, m) pairs.
/// Throws: Error if rows differ in length, or with fewer than two training rows.
std::vector<NearestPair> nearest_pairs(const Tensor& q, const Tensor& train, int64_t count);

}  // namespace saddle
