// Models that tell two kinds of rows of a table apart: the critics' boosted trees, and a logistic regression.
#pragma once
#include <cstdint>
#include <functional>

#include "saddle/base/tensor.h"
#include "saddle/critics/row_encoder.h"

namespace saddle {

/// Rows of a table of two kinds.
struct TwoKinds {
  Tensor yes, no;           // [n, c] and [m, c] float64: codes for levels, NaN for missing
  Categorical categorical;  // one a column: whether it holds codes of levels
};

/// A fitted model: rows [k, c] to the log-odds of "yes", [k] float32, at the shares of both kinds that it was fitted
/// on.
using RowModel = std::function<Tensor(const Tensor& rows)>;

/// Fits boosted trees (critics/trees.h) to the logistic loss of rows that count alike.
///
/// A category is one column: the log-odds of each level with at least 20 rows, which brings its levels into the order
/// in which one split divides them best; rarer levels share one number. A missing number is the median, and marked.
/// A fifth of the rows stops it; three such models, each with a fifth of its own, are averaged. Where one kind has
/// fewer than two rows, or no column varies, the log-odds are constant.
/// Cost: O(trees rows columns). Source: Fisher 1958, On Grouping for Maximum Homogeneity (the order of levels).
RowModel fit_row_trees(const TwoKinds& rows, uint64_t seed);

/// The same with a logistic regression on the numbers and on one 0 or 1 a level, its ridge chosen on a fifth.
RowModel fit_row_logistic(const TwoKinds& rows, uint64_t seed);

}  // namespace saddle
