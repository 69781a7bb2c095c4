// How alike two tables are column by column, and pair of columns by pair of columns.
#pragma once
#include "saddle/critics/row_encoder.h"
#include "saddle/metrics/left_out.h"

namespace saddle {

/// The mean over columns of how alike their distributions are.
///
///   levels: 1 - 1/2 sum over levels |p_l - q_l|, one minus the total variation
///   numbers: 1 - max_t |F_p(t) - F_q(t)|, one minus the statistic of Kolmogorov and Smirnov
///
/// A missing value is a level of its own, and larger than every number; the levels beyond P's `kMostLevels` most
/// frequent are one. Shapes: p [n, c], q [m, c] float64. Result: in [0, 1]; biased downwards, by about the square root
/// of the number of levels over n, so that real rows reach 1 against real rows only with many of them.
/// Cost: O(c n (log n + 80)). Source: SDMetrics, "column shapes" (TVComplement, KSComplement).
LeftOut column_shapes(const Tensor& p, const Tensor& q, const Categorical& categorical, const DealtRows& parts);

/// The mean over pairs of columns of how alike they go together.
///
///   two numbers: 1 - |r_p - r_q| / 2, r Pearson's correlation over the rows that miss neither; 0 of a constant
///   others: 1 - 1/2 sum over cells |p_ab - q_ab| of the table of both columns; a number in ten bins by P's deciles
///
/// Levels and missing values as in `column_shapes`. No pair is left out for depending little, as SDMetrics does with
/// thresholds from 0.27 on. Result: in [0, 1]; NaN with one column alone. Cost: O(c^2 (n + 80 cells)).
/// Source: SDMetrics, "column pair trends" (CorrelationSimilarity, ContingencySimilarity) with thresholds of 0.
LeftOut column_pairs(const Tensor& p, const Tensor& q, const Categorical& categorical, const DealtRows& parts);

}  // namespace saddle
