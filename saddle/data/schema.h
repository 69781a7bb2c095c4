// What tables hold: their columns told apart by type, as numbers and back as the cells that they were.
#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "saddle/base/tensor.h"
#include "saddle/data/cell_form.h"
#include "saddle/data/column.h"
#include "saddle/io/csv.h"

namespace saddle {

/// A column of tables: what its cells are, and how they are written.
struct SchemaColumn {
  std::string name;
  ColumnKind kind = ColumnKind::number;
  std::vector<std::string> levels = {};  // of categories, in the order of their names; without missing values
  bool may_be_missing = false;
  double smallest = std::numeric_limits<double>::quiet_NaN();  // of what is no category; NaN: there is no value
  double largest = std::numeric_limits<double>::quiet_NaN();
  CellForm form = {};
  std::string type = {};  // in a Parquet file, as Arrow calls it; empty: the tables are text

  bool categorical() const { return kind == ColumnKind::category; }  // whether its numbers are codes of levels
};

/// The columns of tables, in their order, and what stands between them.
struct TableSchema {
  std::vector<SchemaColumn> columns;
  char delimiter = ',';  // as in TextTable
};

/// Which columns are taken, as what, and what is expected of their rows. Names are those of the header.
struct TableOptions {
  std::vector<std::string> columns = {};      // these alone, in this order; empty: all
  std::vector<std::string> drop = {};         // not these
  std::vector<std::string> categorical = {};  // categories, although they may look like numbers
  std::string constraint = "none";            // a condition that all rows keep (parse_condition.h), or none
};

/// The number that stands for a level in a categorical column: a hash of its name, at least 0 and below 2^53.
double level_code(std::string_view level);

/// Finds what tables hold, decided for all of them together; their columns are matched by name.
///
/// What a column is, `find_kind` decides (data/column.h), unless it is named in `categorical`. `warnings` get a
/// sentence for each choice that is not plain. Throws: Error as `find_kind` and `read_values`; Error where the tables'
/// names differ, a name in the options is unknown, or nothing is left. Cost: O(rows columns) time.
TableSchema read_schema(const std::vector<const TextTable*>& tables, const TableOptions& options,
                        std::vector<std::string>& warnings);

/// A table's columns as numbers: values as they are, levels of categories as `level_code` has them, those that the
/// schema lacks too, missing values as NaN.
///
/// What a row becomes depends on no other row of the table, beside the notation of numbers: medians and levels are
/// taken by who fits (critics/row_encoder.h). Columns that the schema lacks are left out. `warnings` get the table's
/// remarks, and a sentence for each column with values of another kind. Shapes: result [rows, columns] float64.
/// Throws: Error as `read_values`; Error where a column is not there. Cost: O(rows columns).
Tensor encode(const TableSchema& schema, const TextTable& table, std::vector<std::string>& warnings);

/// The levels of a column of categories that a table has, as `encode` codes them, in the order of their names.
std::vector<std::string> levels_in(const SchemaColumn& column, const TextTable& table);

/// The table that numbers stand for, its cells written as the schema's were: the inverse of `encode`.
///
/// The cells are those that were encoded, but for spellings of one value (docs/formats.md lists them). Shapes: x [rows,
/// columns], any float type. Throws: Error for another number of columns, and for a code of no level.
TextTable decode(const TableSchema& schema, const Tensor& x);

/// Which columns hold codes of levels.
std::vector<bool> categorical_columns(const TableSchema& schema);

/// Throws Error where the columns of a table that the options leave are not those of the schema, in any order.
void check_columns(const TableSchema& schema, const TextTable& table, const TableOptions& options);

/// The schema as JSON (docs/formats.md).
std::string schema_json(const TableSchema& schema);

/// Reads what `schema_json` wrote. Throws: Error, beginning with `where`, for anything else.
TableSchema parse_schema(const std::string& text, const std::string& where);

/// The name of a kind: "number", "date", "clock", "truth" or "category".
const char* kind_name(ColumnKind kind);

}  // namespace saddle
