// Precision, recall, density and coverage: how two samples' neighbourhoods overlap, with intervals.
#pragma once
#include <vector>

#include "saddle/metrics/metric.h"

namespace saddle {

/// Precision, recall, density and coverage of Q beside P, in this order.
///
/// A row's ball reaches to its k-th nearest other row of its own sample; what lies on its edge is outside
/// (`options.closed_balls`: inside).
///
///   precision  the share of Q's rows that are in a ball of P      what is generated looks like the data
///   recall     the share of P's rows that are in a ball of Q      the data are among what is generated
///   density    balls of P that hold a row of Q, on average, by k
///   coverage   the share of P's balls that hold a row of Q
///
/// Distances are exact (float64): the counts do not depend on how they were found.
/// Intervals: of what the metric is on average with samples of these sizes (it changes with the sizes), by leaving out
/// each of 40 parts of either sample in turn, without a second look at distances; rows of one group stay together. For
/// shares Wilson's, else Student's. At P = Q, and 1 standard deviation apart in 8 and more dimensions, they are too
/// wide rather than too narrow. Where a few balls of outlying rows decide, 95 % are less: 93 to 97 of normals 3
/// standard deviations apart in 8 dimensions, in the plane 93 to 95 at 1 and 87 to 89 at 3 (precision and recall, 400
/// rows). Expected (of a perfect generator, at these sizes): density 1 and coverage 1 - C(n-1, k) / C(n+m-1, k),
/// exactly; precision is the share of P's rows that are among the k nearest of another of them, which is what a new row
/// would find, and recall the same with as many rows as Q has, or with all of P where Q has more. Where P's rows are in
/// groups all four come from two halves of P that share no group, sized n to m, which is a smaller sample. No
/// expectation is NaN but where there is one group.
/// Details: neighbours, and the number of parts of either side.
/// Cost: 2 (n^2 / 2 + m^2 / 2 + n m) d operations in float32; memory O(n + m) beside the features.
/// Throws: Error where a sample has no more rows than neighbours are asked for.
/// Source: Kynkaanniemi et al. 2019 (precision, recall); Naeem et al. 2020, Reliable fidelity and diversity metrics.
std::vector<MetricValue> prdc(const MetricInput& input, const MetricOptions& options);

}  // namespace saddle
