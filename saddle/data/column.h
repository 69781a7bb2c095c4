// What a column of several tables is: numbers, times, truths or categories, decided for all of them together.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "saddle/base/tensor.h"
#include "saddle/data/column_tally.h"
#include "saddle/io/csv.h"

namespace saddle {

/// What the values of a column are; all but categories become numbers.
enum class ColumnKind { number, date, clock, truth, category };

/// One column of one table, on its way to numbers.
struct TableColumn {
  const TextTable* table;
  const TextColumn* texts;
  ColumnTally tally;
  ShownNotation shown;  // by the columns of its table
};

/// A column of several tables, read alike.
struct ReadColumn {
  ColumnKind kind = ColumnKind::category;
  std::vector<Tensor> numbers;  // one a table: [rows] float64, NaN where missing; none for categories
  std::vector<std::string> warnings;
};

/// Decides what the column is in all tables, and reads it.
///
/// It is the kind that nine in ten values of each table can be read as; values that cannot count as missing, with a
/// warning that names the first. Where the values of one table are of a kind and those of another are not, the column
/// is refused; where at least half are, it is taken as categories, with a warning. Numbers are read in the notation
/// (decimal point or comma) of the column, else of its table, else of the column in the other tables, else with a
/// point; a choice that nothing shows is warned of where it matters, and so are numbers in parentheses and units on
/// some of them. Two units are refused. Times are seconds. Throws: Error naming file, row and column; also where a
/// number is infinite.
ReadColumn read_column(const std::string& name, const std::vector<TableColumn>& columns);

/// What the column is in all tables, if nothing is refused.
ColumnKind kind_of(const std::vector<TableColumn>& columns);

/// "p.csv: row 3, column 'age'"; rows count from 1.
std::string place_of(const TextTable& table, int64_t row, const std::string& name);

/// The text in quotes, shortened where it is long.
std::string in_quotes(std::string_view text);

}  // namespace saddle
