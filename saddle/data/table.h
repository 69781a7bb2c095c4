// Tables as numbers: columns told apart by type, schemas matched by name, several tables encoded alike.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "saddle/base/tensor.h"
#include "saddle/io/csv.h"

namespace saddle {

/// Which columns are taken, and as what. Names are those of the header.
struct TableOptions {
  std::vector<std::string> columns = {};      // these alone, in this order; empty: all
  std::vector<std::string> drop = {};         // not these
  std::vector<std::string> categorical = {};  // categories, although they may look like numbers
  int64_t most_levels = 50;                   // of a categorical column; what is rarer becomes one level, "other"
};

/// Where a column of the table lies in the encoded rows.
struct EncodedColumn {
  std::string name;
  bool categorical = false;
  int64_t first = 0, count = 1;     // encoded columns first .. first + count - 1
  std::vector<std::string> labels;  // one an encoded column: "name", "name is missing", "name = level"
};

/// Tables of one schema as points.
struct EncodedTables {
  std::vector<Tensor> x;  // one a table: [rows, d] float64
  std::vector<EncodedColumn> columns;
  std::vector<std::string> warnings;  // sentences, for a result
};

/// Encodes tables alike: numbers as they are, categories one-hot, missing values as a category of their own.
///
/// A column is numeric where every value in every table is a number or missing ("", NA, NaN, nan, ?), unless it is
/// named in `categorical`. A numeric column with missing values gets a second encoded column, 1 where they are, and
/// there the median of the rest in the first. Levels and medians come from all tables pooled, so that they know nothing
/// of which row is whose; levels beyond the `most_levels` most frequent are pooled into one, with a warning. Throws:
/// Error where the tables' names differ, a name in the options is unknown, a column is numeric in one table and text in
/// another (file, row, column), or a number is infinite; Error if nothing is left to encode. Cost: O(rows d) time and
/// memory.
EncodedTables encode_tables(const std::vector<const TextTable*>& tables, const TableOptions& options);

}  // namespace saddle
