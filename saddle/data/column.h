// What a column of several tables is: numbers, times, truths or categories, decided for all of them together.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "saddle/base/tensor.h"
#include "saddle/data/cell.h"
#include "saddle/data/column_tally.h"
#include "saddle/io/csv.h"

namespace saddle {

/// What the values of a column are; all but categories are numbers.
enum class ColumnKind { number, date, clock, truth, category };

/// One column of one table, on its way to numbers.
struct TableColumn {
  const TextTable* table;
  const TextColumn* texts;
  ColumnTally tally;
  ShownNotation shown;  // by the columns of its table
};

/// Decides what the column is in all tables.
///
/// It is the kind that nine in ten values of each table can be read as. Where the values of one table are of a kind and
/// those of another are not, the column is refused; where at least half are, it is taken as categories, with a warning.
/// Numbers in parentheses and units on some of the numbers are warned of, and two units are refused. Throws: Error
/// naming file, row and column.
ColumnKind find_kind(const std::string& name, const std::vector<TableColumn>& columns,
                     std::vector<std::string>& warnings);

/// What the column is in all tables, if nothing is refused.
ColumnKind kind_of(const std::vector<TableColumn>& columns);

/// The notation that most of the column's numbers show; a point where nothing shows one, with a warning where it
/// matters.
Notation find_notation(const std::string& name, const std::vector<TableColumn>& columns,
                       std::vector<std::string>& warnings);

/// The notation of one table's column: its own, else that of its table, else `otherwise`.
Notation notation_of(const TableColumn& column, Notation otherwise);

/// Reads the cells of one table's column as values of a kind; false for what is none, as a missing value is not.
class CellReader {
 public:
  /// Of one table's column, tallied, in the notation of its numbers.
  CellReader(ColumnKind kind, Notation notation, const ColumnTally& tally)
      : kind_(kind), notation_(notation), parentheses_(tally.negative == 0), unit_(tally.unit.text) {}

  /// Whether the text is such a value; `value` gets it.
  bool operator()(std::string_view text, double& value) const;

 private:
  bool number(std::string_view text, double& value) const;

  ColumnKind kind_;
  Notation notation_;
  bool parentheses_;  // whether they make a number negative
  std::string unit_;
};

/// Reads one table's column as values of a kind that is no category; times are seconds.
///
/// Up to a tenth of the values that cannot count as missing, with a warning that names the first. `notation` as in
/// `notation_of`. Shapes: result [rows] float64, NaN where missing. Throws: Error naming file, row and column of the
/// first of more values that cannot, and of an infinite one.
Tensor read_values(const std::string& name, const TableColumn& column, ColumnKind kind, Notation notation,
                   std::vector<std::string>& warnings);

/// Throws Error where a cell's value is infinite.
void check_finite(double value, const TextTable& table, int64_t row, const std::string& name);

/// "p.csv: row 3, column 'age'"; rows count from 1.
std::string place_of(const TextTable& table, int64_t row, const std::string& name);

/// The text in quotes, shortened where it is long.
std::string in_quotes(std::string_view text);

}  // namespace saddle
