// What networks see of a table: every row as numbers of a fixed length, learnt on training rows, and back.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "saddle/base/column_span.h"
#include "saddle/base/rng.h"
#include "saddle/base/tensor.h"

namespace saddle {

/// What a generator makes of a column. A key, all of whose values differ, is not modelled but made anew.
enum class ColumnRole { number, levels, key, constant };

/// The name of a role: "number", "levels", "key" or "constant".
const char* role_name(ColumnRole role);

/// The role of that name. Throws: UsageError, beginning with `where`, for another name.
ColumnRole parse_role(const std::string& name, const std::string& where);

/// What a generator makes of one column; values are numbers as schemas have them, codes of levels for categories
/// (data/schema.h), NaN where missing.
struct ColumnPlan {
  ColumnRole role = ColumnRole::constant;
  bool categorical = false;                         // whether values are codes of levels
  std::vector<double> levels = {};                  // values with a level of their own; ascending, missing is last
  std::vector<double> shares = {};                  // of the training rows, one a level
  std::vector<double> rest = {}, rest_shares = {};  // of a category: levels that share one; drawn back by their shares
  std::vector<double> quantiles = {};               // of a number's other values: at equal steps of probability
  double smallest = 0, largest = 0;                 // of a number
  double step = 0;                                  // its values are smallest + k step; 0: any are

  /// Whether there is a level for what has none of its own.
  bool has_rest() const { return !rest.empty() || !quantiles.empty(); }
  /// Levels, with the one of the rest.
  int64_t level_count() const { return static_cast<int64_t>(levels.size()) + (has_rest() ? 1 : 0); }
};

/// How rows of tables become what networks see.
///
/// A column of numbers has a level for each value that 1 % of the rows share, and for missing; what else there is lies
/// behind one more, as half a normal score by 1,024 interpolated quantiles, which are no training values. A column of
/// at most 100 different values is levels alone; of a category's the 100 most frequent are.
class TableCodec {
 public:
  /// Learns from training rows. Shapes: rows [n, c] float64. `roles`: one a column that somebody chose, else
  /// `find_role`'s. Throws: Error where n is 0, and for a number's role of a category. Cost: O(n log n c).
  static TableCodec learn(const Tensor& rows, const std::vector<bool>& categorical,
                          const std::vector<ColumnRole>& roles);

  const std::vector<ColumnPlan>& columns() const { return columns_; }  // one a column of the table
  const std::vector<ColumnSpan>& spans() const { return spans_; }      // likewise
  int64_t width() const { return width_; }                             // numbers in an encoded row

  /// Shapes: rows [n, c] float64; result [n, width] float32. A value that was not there is the rest, and where there
  /// is none the most frequent level.
  Tensor encode(const Tensor& rows) const;

  /// The rows that encoded ones stand for; of each column's levels the largest counts.
  ///
  /// A rarer level is drawn by `rng`. Keys are NaN. Shapes: x [n, width] float32, result [n, c] float64.
  Tensor decode(const Tensor& x, Rng& rng) const;

  /// Where each value stands in its column's margin: at its level, or in one of at most 10 equal parts of the
  /// quantiles.
  ///
  /// Cells count through all columns that are modelled, so that each number is of one column. Shapes: rows [n, c]
  /// float64; result [n, columns modelled] int64. Cost: O(n c log levels).
  Tensor cells(const Tensor& rows) const;
  int64_t cell_count() const;  // of all columns that are modelled

  /// As JSON, which `parse` reads (docs/formats.md).
  std::string json() const;
  /// Throws: Error, beginning with `where`, for anything else.
  static TableCodec parse(const std::string& text, const std::string& where);

 private:
  void place();

  std::vector<ColumnPlan> columns_;
  std::vector<ColumnSpan> spans_;
  int64_t width_ = 0;
};

/// The role that a column's values ask for. Shapes: values [n] float64.
///
/// A key: at least 100 values, all different, none is missing, and they are categories, or whole numbers that leave out
/// fewer than they have. A constant: one value alone. Levels: a category, or at most 100 different values.
ColumnRole find_role(const Tensor& values, bool categorical);

/// The largest step of which all values are whole multiples, counted from the smallest; 0: there is none that float64
/// could tell. Shapes: values [n] float64, finite.
double find_step(const Tensor& values);

}  // namespace saddle
