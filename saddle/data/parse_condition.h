// Conditions on the rows of a table as text, over the columns of its schema.
#pragma once
#include <string>

#include "saddle/base/tensor.h"
#include "saddle/data/schema.h"
#include "saddle/tables/row_condition.h"
#include "saddle/tables/table_codec.h"

namespace saddle {

/// Reads a condition such as `sex = Female and (age >= 30 or "native country" is missing)`.
///
/// There are: `a < b`, with =, !=, <, <=, > and >= (also == and <>) between a column and a value, a value and a column,
/// or two columns of one kind, and chains of them, `18 <= age <= 65`; `a in (x, y)` and `a not in (x, y)`; `a is
/// missing` and `a is not missing`; `combination(a, b, ...)`, whose values stand together in a training row; `not`,
/// `and`, `or`, which bind in that order, and parentheses; `;` between conditions that must all hold. Categories and
/// true or false have = and != alone. Keywords are read in any case, names and levels as they are. Names and values
/// with blanks, commas in lists, ()<>=;, or that are keywords, stand in '...' or "..." (a quote in it doubled), names
/// also in `...`. Where a word is both a column and a value of the other side, it is the column, in '...' or "..." the
/// value. Values are read as the column's cells are. Text is UTF-8. Throws: UsageError, beginning with `where`, that
/// names the character (counted from 1) and what was expected there.
RowCondition parse_condition(const std::string& text, const TableSchema& schema, const std::string& where);

/// Throws Error for the first row of a table that breaks a condition: "p.csv: row 17: expected start <= end, got start
/// 2024-05-01, end 2023-01-01". Shapes: rows [n, c], those of the file at `path` in their order. Combinations, which
/// are learnt from rows, break none.
void check_rows(RowCondition condition, const TableSchema& schema, const Tensor& rows, const std::string& path);

/// As `check_rows`, for the constraint of a table's options, if there is one. Throws: as `parse_condition` too.
void check_constraint(const TableOptions& options, const TableSchema& schema, const Tensor& rows,
                      const std::string& path);

/// Throws UsageError, beginning with `where`, for a condition on a key, of which nothing can be asked: it is made anew
/// once rows are chosen.
void check_keys(const RowCondition& condition, const TableSchema& schema, const TableCodec& codec,
                const std::string& where);

/// As `check_keys`, for the constraint of a table's options, if there is one.
void check_constraint_on_keys(const TableOptions& options, const TableSchema& schema, const TableCodec& codec);

/// What the data's ranges say of a condition that they rule out: "age is 17 to 90 in the data"; empty where they do
/// not.
std::string beyond_ranges(const RowCondition& condition, const TableSchema& schema);

}  // namespace saddle
