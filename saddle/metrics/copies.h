// Are generated images copies of training images? A test with held-out images as the yardstick.
#pragma once
#include <cstdint>
#include <vector>

#include "saddle/metrics/metric.h"

namespace saddle {

/// Whether rows of Q lie on training rows more often than held-out rows of P do.
///
/// Of each row, r = d_1 / d_5 is looked at: its distance to the nearest training row by that to the fifth nearest. A
/// copy has r near 0; a blurry image, which is near many training images and a copy of none, has r near 1. It sees
/// rows much nearer to one training row than those are to each other. It does not see a copy of part of an image, a
/// mixture of two, a copy turned in a way that features do not overlook, and one of what training holds five times.
///
/// Test: with t the 8th, 16th, 32nd ... smallest r of both samples (ties and all, up to half of the rows), how many
/// rows of Q are at or below t more than labels by chance would have there, in standard deviations; the largest of
/// these; one-sided, under 1,999 permutations of the labels. They exchange whole groups, so that the level is exact at
/// every sample size where groups of either side are alike. If only one side has groups, one row of each is drawn, 20
/// times, and the p-value is twice the mean (at most 1), which is valid, since a generator's rows cannot be put into
/// groups like people's. With few groups held out, no copies can be told.
/// Power: of a perfect sampler that repeats 2 % of its rows: nearly 1 from 1,000 rows a side.
/// Estimate: the share of Q's rows with r below the s-th smallest of P's; on average s / (n + 1) at P = Q, which is
/// `expected`: 0.01, and 6 by the number of P's rows or groups where these are less than 600. Not the share of copies:
/// of share c that is about c + 0.01 (1 - c). Its interval is conservative: it holds both the quantile's error and the
/// share's, each with half of the allowed error.
/// Held-out rows of a group that training has too are nearer to training than a new group's would be, and hide copies
/// rather than make up some; a warning says how many there are.
/// Details: train, median_p and median_q (of r), and nearer: as the estimate, by d_1 instead of r, which a blurry
/// generator raises.
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
