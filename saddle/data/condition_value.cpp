// Implements the reading of values in conditions.
#include "saddle/data/condition_value.h"

#include "saddle/base/error.h"
#include "saddle/data/cell.h"
#include "saddle/data/levels.h"

namespace saddle {
namespace {

constexpr size_t kMostNamedLevels = 20;  // in an error

std::string trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t"), end = text.find_last_not_of(" \t");
  return begin == std::string::npos ? "" : text.substr(begin, end + 1 - begin);
}

/// "did you mean 'Female'? known: Female, Male", with the first of many.
std::string known_levels(const std::string& text, const std::vector<std::string>& levels) {
  const std::string near = nearest_name(text, levels);
  std::string hint = (near.empty() ? "" : "did you mean '" + near + "'? ") + std::string("known:");
  for (size_t i = 0; i < std::min(levels.size(), kMostNamedLevels); ++i) hint += (i ? ", " : " ") + levels[i];
  return hint + (levels.size() > kMostNamedLevels ? ", ... (" + std::to_string(levels.size()) + " in all)" : "");
}

ConditionValue level_value(const std::string& text, const SchemaColumn& column) {
  const LevelSpelling spelling(column.levels);
  for (const std::string& one : {text, trimmed(text)}) {
    const std::string level = spelling(one);
    if (std::binary_search(column.levels.begin(), column.levels.end(), level)) return {level_code(level), "", ""};
  }
  if (is_missing(text)) return {0, "a value", "a missing one is asked for by: " + column.name + " is missing"};
  return {0, "a level of '" + column.name + "'", known_levels(trimmed(text), column.levels)};
}

/// How the column's cells are written, by an example.
std::string example_of(const SchemaColumn& column) {
  if (std::isnan(column.smallest) || column.kind == ColumnKind::truth) return "";
  return "as in " + write_cell(column.smallest, column.kind, column.form) + " to " +
         write_cell(column.largest, column.kind, column.form) + " of the data";
}

}  // namespace

CellReader reader_of(const SchemaColumn& column) {
  ColumnTally tally;
  tally.unit.text = trimmed(column.form.before + column.form.behind);
  return {column.kind, column.form.notation, tally};
}

ConditionValue read_condition_value(const std::string& text, const SchemaColumn& column) {
  if (column.categorical()) return level_value(text, column);
  ConditionValue read;
  const std::string cell = trimmed(text);
  if (reader_of(column)(cell, read.value) && std::isfinite(read.value)) return read;
  if (is_missing(cell)) return {0, "a value", "a missing one is asked for by: " + column.name + " is missing"};
  constexpr const char* kWanted[] = {"a number", "a date", "a time", "true or false"};  // by ColumnKind
  return {0, kWanted[static_cast<size_t>(column.kind)] + std::string(" for '") + column.name + "'", example_of(column)};
}

}  // namespace saddle
