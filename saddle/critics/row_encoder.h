// Rows of tables as numbers that critics can be fitted on.
#pragma once
#include <cstdint>
#include <vector>

#include "saddle/base/tensor.h"

namespace saddle {

/// Which columns of rows [n, c] hold codes of levels, one entry a column; empty: all are plain numbers, none missing.
using Categorical = std::vector<bool>;

/// The levels of a categorical column that have a number of their own; the rarer ones share one.
constexpr int64_t kMostLevels = 50;

/// Encodes rows by the medians and levels of the rows that it was made from, and of no others.
///
/// A column of numbers stays; NaN, a missing value, becomes the median, and where there was one a second column marks
/// them. A categorical column becomes one column of 0 and 1 a level, NaN being a level too, for the `kMostLevels` most
/// frequent; where there are more, one for the rest. A level that was not there is one of the rest.
class RowEncoder {
 public:
  /// Shapes: rows [n, c] float64, n > 0. Cost: O(n log n c).
  RowEncoder(const Tensor& rows, Categorical categorical);

  /// Shapes: rows [m, c] float64; result [m, d] float64, `rows` themselves where no column is categorical.
  Tensor operator()(const Tensor& rows) const;

  /// Whether rows without missing values stay what they are.
  bool is_plain() const;

 private:
  struct Column {
    double median = 0;
    bool marked = false;  // whether missing values get a column
    Tensor levels;        // of a categorical column: codes, ascending
    bool rest = false;    // whether there are levels beside them
  };

  Categorical categorical_;
  std::vector<Column> columns_;
};

}  // namespace saddle
