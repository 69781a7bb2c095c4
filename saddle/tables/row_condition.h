// Conditions on rows of tables, such as age >= 30 and sex = Female, over rows as plain numbers.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "saddle/base/tensor.h"

namespace saddle {

/// A condition on rows, as a tree. Columns are numbers of columns, values as schemas have them (data/schema.h).
struct RowCondition {
  /// What it asks.
  enum class Form {
    compare,      // the column with another one, or with the value
    missing,      // the column's value is missing
    combination,  // the columns' values stand together in rows that are known
    all,          // every part holds
    any,          // a part holds
    negation      // the one part does not hold
  };

  /// How two values must stand to each other.
  enum class Comparison { equal, unequal, less, at_most, more, at_least };

  Form form = Form::all;
  Comparison comparison = Comparison::equal;
  std::vector<int64_t> columns = {};  // of a comparison one or two; of a combination in any order
  double value = 0;                   // of a comparison with one column
  Tensor known = {};                  // of a combination: hashes [k] int64, ascending; undefined: none was learnt
  std::vector<RowCondition> parts = {};
  std::string text = {};  // as it was written
};

/// Which rows meet a condition, and which break it. Shapes: both [n] bool, never both true.
struct RowTruths {
  Tensor met, broken;
};

/// Says of each row whether it meets a condition, in the three values of SQL.
///
/// A comparison with a missing value is neither met nor broken, and so is its negation. `all` is broken where a part
/// is, and met where all are; `any` the other way round. Of `missing` and of combinations, in which missing is a value,
/// every row is one of both. Shapes: rows [n, c] float64. Throws: Error for rows with too few columns, and for
/// combinations that were not learnt. Cost: O(n) for each node.
RowTruths judge(const RowCondition& condition, const Tensor& rows);

/// Whether there is a combination in it, which must be learnt.
bool has_combinations(const RowCondition& condition);

/// What the rows hold of a condition's combinations, for `know`. Shapes: rows [n, c], result [k] int64, ascending.
Tensor combinations_in(const RowCondition& condition, const Tensor& rows);

/// Gives a condition's combinations what `combinations_in` found in training rows.
void know(RowCondition& condition, const Tensor& combinations);

/// The parts that must all hold: those joined by `all` at the top, in their order, or the condition itself.
std::vector<const RowCondition*> requirements(const RowCondition& condition);

/// The columns that a condition looks at, each once, in the order of its text.
std::vector<int64_t> columns_of(const RowCondition& condition);

}  // namespace saddle
