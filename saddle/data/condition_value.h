// The values that conditions name, read as the cells of their column are.
#pragma once
#include <string>

#include "saddle/data/column.h"
#include "saddle/data/schema.h"

namespace saddle {

/// Reads cells of a column that is no category as the schema has them written.
CellReader reader_of(const SchemaColumn& column);

/// A value as `encode` makes it, or why there is none.
struct ConditionValue {
  double value = 0;
  std::string problem = {};  // what was expected; empty: it was read
  std::string hint = {};
};

/// Reads a text as a cell of the column: a level by its name, numbers in the column's notation, with or without its
/// unit, dates and times as ISO 8601 has them; blanks around do not count. A missing value is none. Cost: O(levels).
ConditionValue read_condition_value(const std::string& text, const SchemaColumn& column);

}  // namespace saddle
