// Implements the decision of what a column is.
#include "saddle/data/column.h"

#include "saddle/base/error.h"
#include "saddle/data/cell.h"

namespace saddle {
namespace {

using Columns = std::vector<TableColumn>;
using Warnings = std::vector<std::string>;

constexpr double kMostMisfits = 0.1;    // of a column's values that are not of its kind
constexpr double kWorthAWarning = 0.5;  // of a column of categories that can be read as another kind
constexpr const char* kOne[] = {"a number", "a date", "a time", "true or false"};
constexpr const char* kMany[] = {"numbers", "dates", "times", "true and false"};

double share(int64_t part, int64_t whole) { return static_cast<double>(part) / static_cast<double>(whole); }

int64_t count_of(const TableColumn& column, size_t kind) { return column.tally.may_be[kind]; }

/// Whether nine in ten values of a table are of the kind.
bool fits(const TableColumn& column, size_t kind) {
  return column.tally.values == 0 || share(count_of(column, kind), column.tally.values) >= 1 - kMostMisfits;
}

/// The kind that all tables fit.
ColumnKind decide_kind(const Columns& columns) {
  const auto all_fit = [&](size_t kind) {
    return std::all_of(columns.begin(), columns.end(), [&](const auto& column) { return fits(column, kind); });
  };
  const auto any = [&](auto what) { return std::any_of(columns.begin(), columns.end(), what); };
  if (!any([](const TableColumn& c) { return c.tally.values > 0; })) return ColumnKind::category;
  if (all_fit(3) && any([](const TableColumn& c) { return c.tally.words > 0; })) return ColumnKind::truth;
  for (const ColumnKind kind : {ColumnKind::number, ColumnKind::date, ColumnKind::clock})
    if (all_fit(static_cast<size_t>(kind))) return kind;
  return ColumnKind::category;
}

/// The first value of a column that is not of the kind.
CellPlace first_misfit(const TableColumn& column, const CellReader& read) {
  double value = 0;
  for (size_t i = 0; i < column.texts->size(); ++i) {
    const std::string_view text = (*column.texts)[i];
    if (!read(text, value) && !is_missing(text)) return {static_cast<int64_t>(i), std::string(text)};
  }
  return {};
}

/// Warns of categories that look like dates or numbers, but are written as neither.
void warn_of_looks(const std::string& name, const Columns& columns, Warnings& warnings) {
  for (const auto& column : columns) {
    const ColumnTally& tally = column.tally;
    const auto most = [&](int64_t count) { return tally.values > 0 && share(count, tally.values) >= 1 - kMostMisfits; };
    if (!most(tally.like_dates) && !most(tally.like_numbers)) continue;
    warnings.push_back("column '" + name + "' of " + column.table->path + " is taken as categories, although " +
                       (most(tally.like_dates) ? "it looks like dates: only those that are written 2024-05-01 are read"
                                               : "it looks like numbers, as " + in_quotes(tally.like_number.text) +
                                                     " in row " + std::to_string(tally.like_number.row + 1)));
    return;
  }
}

/// Warns of a column of categories that is half of another kind; refuses one that is of another kind in one table
/// alone.
void check_categories(const std::string& name, const Columns& columns, Warnings& warnings) {
  for (size_t kind = 0; kind < 3; ++kind) {
    int64_t all = 0, values = 0;
    const TableColumn *pure = nullptr, *mixed = nullptr;
    for (const auto& column : columns) {
      const int64_t of_kind = count_of(column, kind);
      all += of_kind;
      values += column.tally.values;
      if (column.tally.values == 0) continue;
      (fits(column, kind) ? pure : mixed) = &column;
    }
    if (mixed == nullptr) continue;
    const CellPlace misfit = first_misfit(
        *mixed, CellReader(static_cast<ColumnKind>(kind),
                           mixed->tally.comma > mixed->tally.point ? Notation::comma : Notation::point, mixed->tally));
    if (misfit.row < 0) continue;
    const std::string where = place_of(*mixed->table, misfit.row, name);
    if (pure != nullptr)
      throw Error(where + ": expected " + kOne[kind] + ", since " + pure->table->path + " has " + kMany[kind] +
                  " alone there, got " + in_quotes(misfit.text) + " (--categorical " + name +
                  " takes both as categories)");
    if (share(all, values) >= kWorthAWarning)
      warnings.push_back("column '" + name + "' is taken as categories, although " + std::to_string(all) + " of " +
                         std::to_string(values) + " values are " + kMany[kind] + ": " + where + " is " +
                         in_quotes(misfit.text));
  }
}

/// Warns of a notation that nothing shows, where it may matter.
void warn_of_guess(const std::string& name, const Columns& columns, Warnings& warnings) {
  const bool mixed = std::any_of(columns.begin(), columns.end(), [](const auto& c) { return c.tally.whole > 0; });
  for (const auto& column : columns) {
    const CellPlace& either = column.tally.either;
    // 1.234 among others with three decimals is what programs write; among whole numbers it may be 1234
    if (either.row < 0 || (either.text.find(',') == std::string::npos && !mixed)) continue;
    CellNumber number;
    read_number(either.text, Notation::point, number);
    const bool thousands = either.text.find(',') != std::string::npos;
    warnings.push_back(place_of(*column.table, either.row, name) + ": " + in_quotes(either.text) + " is read as " +
                       (thousands ? "thousands" : "a number with three decimals") +
                       "; nothing in the column shows which character stands before decimals");
  }
}

/// The notation that more of the numbers show, if there are any.
ShownNotation shown_by(int64_t point, int64_t comma) {
  return point == comma ? ShownNotation::none : point > comma ? ShownNotation::point : ShownNotation::comma;
}

/// The notation that a table shows for its column.
ShownNotation shown_for(const TableColumn& column) {
  const ShownNotation own = shown_by(column.tally.point, column.tally.comma);
  return own == ShownNotation::none ? column.shown : own;
}

/// Refuses two units in a column, and warns of one that only some of its numbers have.
void check_units(const std::string& name, const Columns& columns, Warnings& warnings) {
  const TableColumn *with = nullptr, *without = nullptr;
  for (const auto& column : columns) {
    const ColumnTally& tally = column.tally;
    const CellPlace& other = with != nullptr && tally.unit.row >= 0 && tally.unit.text != with->tally.unit.text
                                 ? tally.unit
                                 : tally.other_unit;
    if (with == nullptr && tally.unit.row >= 0) with = &column;
    if (other.row >= 0)
      throw Error(place_of(*column.table, other.row, name) + ": expected the unit '" + with->tally.unit.text +
                  "' of row " + std::to_string(with->tally.unit.row + 1) + " of " + with->table->path + ", got '" +
                  other.text + "' (--drop " + name + " leaves the column out)");
    if (tally.no_unit.row >= 0 && without == nullptr) without = &column;
  }
  if (with != nullptr && without != nullptr)
    warnings.push_back("column '" + name + "': some numbers have the unit '" + with->tally.unit.text + "' (row " +
                       std::to_string(with->tally.unit.row + 1) + " of " + with->table->path +
                       ") and others have none (row " + std::to_string(without->tally.no_unit.row + 1) + " of " +
                       without->table->path + "): both are taken" +
                       (with->tally.unit.text == "%" ? ", 5 % being 0.05" : " alike"));
}

/// Warns of numbers in parentheses, of numbers that are too long, and of times without a zone among others with one.
void warn_of_signs(const std::string& name, const Columns& columns, ColumnKind kind, Warnings& warnings) {
  const TableColumn *zoned = nullptr, *bare = nullptr;
  for (const auto& column : columns) {
    const ColumnTally& tally = column.tally;
    if (kind == ColumnKind::number && tally.parentheses.row >= 0 && tally.negative == 0)
      warnings.push_back(place_of(*column.table, tally.parentheses.row, name) + ": " +
                         in_quotes(tally.parentheses.text) +
                         " is read as a negative number, as are others in parentheses");
    if (kind == ColumnKind::number && tally.too_long.row >= 0)
      warnings.push_back(place_of(*column.table, tally.too_long.row, name) + ": " + in_quotes(tally.too_long.text) +
                         " has more digits than a number keeps, and is rounded (--drop " + name +
                         " leaves out a column that only numbers the rows)");
    if (tally.with_zone > 0) zoned = &column;
    if (tally.no_zone.row >= 0) bare = &column;
  }
  if (kind == ColumnKind::date && zoned != nullptr && bare != nullptr)
    warnings.push_back(place_of(*bare->table, bare->tally.no_zone.row, name) + ": " +
                       in_quotes(bare->tally.no_zone.text) + " has no time zone, as others have: read as UTC");
}

}  // namespace

std::string in_quotes(std::string_view text) {
  constexpr size_t kMost = 40;
  if (text.size() <= kMost) return "'" + std::string(text) + "'";
  size_t end = kMost;  // a character is not torn apart
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return "'" + std::string(text.substr(0, end)) + "...'";
}

std::string place_of(const TextTable& table, int64_t row, const std::string& name) {
  return table.path + ": row " + std::to_string(row + 1) + ", column '" + name + "'";
}

void check_finite(double value, const TextTable& table, int64_t row, const std::string& name) {
  if (std::isinf(value)) throw Error(place_of(table, row, name) + ": expected a finite number, got infinity");
}

ColumnKind kind_of(const std::vector<TableColumn>& columns) { return decide_kind(columns); }

ColumnKind find_kind(const std::string& name, const std::vector<TableColumn>& columns, Warnings& warnings) {
  const ColumnKind kind = decide_kind(columns);
  if (kind == ColumnKind::category) {
    check_categories(name, columns, warnings);
    warn_of_looks(name, columns, warnings);
    return kind;
  }
  if (kind == ColumnKind::number) check_units(name, columns, warnings);
  warn_of_signs(name, columns, kind, warnings);
  return kind;
}

Notation find_notation(const std::string& name, const std::vector<TableColumn>& columns, Warnings& warnings) {
  int64_t point = 0, comma = 0;
  for (const auto& column : columns) {
    point += column.tally.point;
    comma += column.tally.comma;
  }
  if (point == comma && std::any_of(columns.begin(), columns.end(),
                                    [](const auto& column) { return shown_for(column) == ShownNotation::none; }))
    warn_of_guess(name, columns, warnings);
  return comma > point ? Notation::comma : Notation::point;
}

Notation notation_of(const TableColumn& column, Notation otherwise) {
  const ShownNotation shown = shown_for(column);
  return shown == ShownNotation::none ? otherwise : shown == ShownNotation::comma ? Notation::comma : Notation::point;
}

bool CellReader::operator()(std::string_view text, double& value) const {
  CellTime time;
  switch (kind_) {
    case ColumnKind::number:
      return number(text, value);
    case ColumnKind::date:
    case ColumnKind::clock:
      if (!read_time(text, time) || time.is_date != (kind_ == ColumnKind::date)) return false;
      value = time.seconds;
      return true;
    case ColumnKind::truth:
      return read_truth(text, value) || (parse_number(text, value) && (value == 0 || value == 1));
    default:
      return false;
  }
}

bool CellReader::number(std::string_view text, double& value) const {
  if (parse_number(text, value) && (notation_ == Notation::point || text.find('.') == std::string_view::npos))
    return true;
  CellNumber number;
  if (!read_number(text, notation_, number) || (number.in_parentheses && !parentheses_)) return false;
  if (number.is_word && number.unit != unit_) return false;
  value = number.value;
  return true;
}

Tensor read_values(const std::string& name, const TableColumn& column, ColumnKind kind, Notation notation,
                   Warnings& warnings) {
  const CellReader read(kind, notation_of(column, notation), column.tally);
  const Tensor numbers = at::full({column.table->rows()}, std::nan(""), at::kDouble);
  auto* out = numbers.mutable_data_ptr<double>();
  int64_t misfits = 0;
  CellPlace first;
  for (size_t i = 0; i < column.texts->size(); ++i) {
    const std::string_view text = (*column.texts)[i];
    double value = 0;
    if (read(text, value)) {
      out[i] = value;
      check_finite(value, *column.table, static_cast<int64_t>(i), name);
    } else if (!is_missing(text)) {
      if (misfits++ == 0) first = {static_cast<int64_t>(i), std::string(text)};
    }
  }
  if (misfits == 0) return numbers;
  const std::string where = place_of(*column.table, first.row, name) + ": expected " + kOne[static_cast<size_t>(kind)];
  if (!fits(column, static_cast<size_t>(kind)))
    throw Error(where + ", as in the rows before, got " + in_quotes(first.text) + " (--categorical " + name +
                " takes such a column as categories, from the first rows on)");
  warnings.push_back(where + ", as in other rows, got " + in_quotes(first.text) + ": " + std::to_string(misfits) +
                     (misfits == 1 ? " such value is" : " such values are") + " taken for missing (--categorical " +
                     name + " takes all as categories)");
  return numbers;
}

}  // namespace saddle
