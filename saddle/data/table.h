// Tables as numbers: columns told apart by type, schemas matched by name.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "saddle/base/tensor.h"
#include "saddle/data/column.h"
#include "saddle/io/csv.h"

namespace saddle {

/// A column of the tables.
struct EncodedColumn {
  std::string name;
  ColumnKind kind = ColumnKind::number;
  std::vector<std::string> levels = {};  // of a categorical column, in the order of their names; without missing values

  bool categorical() const { return kind == ColumnKind::category; }  // whether its numbers are codes of levels
};

/// Which columns are taken, and as what. Names are those of the header.
struct TableOptions {
  std::vector<std::string> columns = {};      // these alone, in this order; empty: all
  std::vector<std::string> drop = {};         // not these
  std::vector<std::string> categorical = {};  // categories, although they may look like numbers
  std::vector<EncodedColumn> earlier = {};    // of rows that these go on from: the same columns and kinds; empty: none
};

/// Tables of one schema as points.
struct EncodedTables {
  std::vector<Tensor> x;  // one a table: [rows, columns] float64, NaN where a value is missing
  std::vector<EncodedColumn> columns;
  std::vector<std::string> warnings;  // sentences, for a result
};

/// The number that stands for a level in a categorical column: a hash of its name, at least 0 and below 2^53.
double level_code(std::string_view level);

/// Reads tables alike: numbers as they are, levels of categories as `level_code` has them, missing values as NaN.
///
/// What a column is, `read_column` decides (data/column.h), unless it is named in `categorical`. Beside that choice and
/// the notation of numbers, what a row becomes depends on no other row: medians and levels are taken by who fits
/// (critics/row_encoder.h). Throws: Error as `read_column`; Error where the tables' names differ, a name in the options
/// is unknown, or nothing is left to encode; Error where columns are others than the `earlier` ones, or of another
/// kind. Cost: O(rows columns) time and memory.
EncodedTables encode_tables(const std::vector<const TextTable*>& tables, const TableOptions& options);

}  // namespace saddle
