// Implements the reading of tables as numbers.
#include "saddle/data/table.h"

#include <unordered_map>

#include "saddle/base/error.h"
#include "saddle/data/cell.h"
#include "saddle/data/column.h"
#include "saddle/data/levels.h"
#include "saddle/io/hash.h"

namespace saddle {
namespace {

using Tables = std::vector<const TextTable*>;
using Names = std::vector<std::string>;

bool contains(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// A table's names that the options leave, in their order.
Names kept_names(const TextTable& table, const TableOptions& options) {
  Names kept;
  for (const auto& name : options.columns.empty() ? table.names : options.columns) {
    if (!contains(table.names, name))
      throw Error(table.path + ": --columns: " + unknown_name("column", name, table.names));
    if (!contains(options.drop, name) && !contains(kept, name)) kept.push_back(name);
  }
  if (kept.empty()) throw Error(table.path + ": expected at least one column, got all of them dropped");
  return kept;
}

/// Refuses an option's name that no table has.
void check_known(const Tables& tables, const char* flag, const Names& names) {
  for (const auto& name : names)
    if (std::none_of(tables.begin(), tables.end(), [&](const auto* table) { return contains(table->names, name); }))
      throw Error(tables.front()->path + ": " + flag + ": " + unknown_name("column", name, tables.front()->names));
}

/// The names to encode, which all tables must have.
Names matched_names(const Tables& tables, const TableOptions& options) {
  check_known(tables, "--drop", options.drop);
  check_known(tables, "--categorical", options.categorical);
  const Names names = kept_names(*tables.front(), options);
  const auto expect_all = [](const Names& wanted, const std::string& of, const Names& got, const std::string& where) {
    for (const auto& name : wanted) {
      if (contains(got, name)) continue;
      const std::string near = nearest_name(name, got);
      double number = 0;
      const bool no_header = parse_number(name, number);
      throw Error(
          where + ": expected the columns of " + of + ", got none of the name '" + name + "'" +
          (near.empty() ? "" : " but '" + near + "'") +
          (no_header ? " (has " + of + " no header? put a line with names on top)" : " (--drop leaves a column out)"));
    }
  };
  for (const auto* table : tables) {
    const Names others = kept_names(*table, options);
    expect_all(names, tables.front()->path, others, table->path);
    expect_all(others, table->path, names, tables.front()->path);
  }
  return names;
}

/// The names in the order of earlier rows, whose columns they must be.
Names names_as_before(const Tables& tables, const Names& names, const std::vector<EncodedColumn>& earlier) {
  Names before;
  for (const auto& column : earlier) before.push_back(column.name);
  for (const auto& name : before)
    if (!contains(names, name))
      throw Error(tables.front()->path + ": expected the columns of the rows before, got none of the name '" + name +
                  "'");
  for (const auto& name : names)
    if (!contains(before, name))
      throw Error(tables.front()->path + ": expected the columns of the rows before, got '" + name +
                  "' as well (--drop leaves a column out)");
  return before;
}

/// The codes of the levels of each table, NaN where missing; `levels` gets their names.
std::vector<Tensor> code_levels(const std::vector<TableColumn>& columns, Names& levels) {
  std::unordered_map<std::string_view, double> codes;
  std::vector<Tensor> coded;
  for (const auto& column : columns) {
    coded.push_back(at::full({column.table->rows()}, std::nan(""), at::kDouble));
    auto* values = coded.back().mutable_data_ptr<double>();
    for (size_t i = 0; i < column.texts->size(); ++i) {
      const std::string_view text = (*column.texts)[i];
      if (is_missing(text)) continue;
      const auto [found, is_new] = codes.emplace(text, 0);
      if (is_new) found->second = level_code(text);
      values[i] = found->second;
    }
  }
  for (const auto& [level, code] : codes) levels.emplace_back(level);
  std::sort(levels.begin(), levels.end());
  return coded;
}

/// Refuses a column of categories that was none in earlier rows, naming the first value that is no number.
[[noreturn]] void refuse_categories(const std::string& name, const std::vector<TableColumn>& columns) {
  double number = 0;
  for (const auto& column : columns)
    for (size_t i = 0; i < column.texts->size(); ++i)
      if (const std::string_view text = (*column.texts)[i]; !is_missing(text) && !parse_number(text, number))
        throw Error(place_of(*column.table, static_cast<int64_t>(i), name) +
                    ": expected a number, as in the rows before, got " + in_quotes(text) + " (--categorical " + name +
                    " takes such a column as categories, from the first rows on)");
  throw Error(columns.front().table->path + ": column '" + name +
              "': expected numbers, as in the rows before, got categories");
}

/// Refuses a column that is of another kind than in earlier rows: a number is no date. Truths are the numbers 0 and 1.
void check_kind(const std::string& name, const std::vector<TableColumn>& columns, const ReadColumn& read,
                ColumnKind earlier) {
  if (read.kind == ColumnKind::category) refuse_categories(name, columns);
  const auto is_number = [](ColumnKind kind) { return kind == ColumnKind::number || kind == ColumnKind::truth; };
  if (read.kind == earlier || (is_number(read.kind) && is_number(earlier))) return;
  for (const Tensor& numbers : read.numbers)
    if (!numbers.isnan().all().item<bool>())
      throw Error(columns.front().table->path + ": column '" + name +
                  "': expected values of the kind that the rows before have, a date, a time of day or a number, got "
                  "another");
}

const TextColumn& texts_of(const TextTable& table, const std::string& name) {
  const auto at = std::find(table.names.begin(), table.names.end(), name) - table.names.begin();
  return table.columns[static_cast<size_t>(at)];
}

/// Reads a column as what it is in all tables, or was in earlier rows; one tensor a table.
std::vector<Tensor> encode_column(std::vector<TableColumn>& columns, const TableOptions& options,
                                  const EncodedColumn* earlier, EncodedColumn& encoded, Names& warnings) {
  const bool categorical =
      earlier != nullptr ? earlier->kind == ColumnKind::category : contains(options.categorical, encoded.name);
  ReadColumn read;
  if (!categorical) read = read_column(encoded.name, columns);
  warnings.insert(warnings.end(), read.warnings.begin(), read.warnings.end());
  if (!categorical && earlier != nullptr) check_kind(encoded.name, columns, read, earlier->kind);
  encoded.kind = read.kind;
  if (!encoded.categorical()) return read.numbers;
  const std::vector<TextColumn> alike = spelled_alike(encoded.name, columns, warnings);
  for (size_t t = 0; t < alike.size(); ++t) columns[t].texts = &alike[t];
  warn_of_levels(encoded.name, columns, warnings);
  return code_levels(columns, encoded.levels);
}

}  // namespace

double level_code(std::string_view level) {
  constexpr int kSpareBits = 11;  // of 64: float64 holds the other 53
  return static_cast<double>(hash_bytes(level, 0) >> kSpareBits);
}

EncodedTables encode_tables(const Tables& tables, const TableOptions& options) {
  EncodedTables result;
  Names names = matched_names(tables, options);
  if (!options.earlier.empty()) names = names_as_before(tables, names, options.earlier);
  std::vector<std::vector<TableColumn>> columns(names.size());  // of each name, one a table
  for (const auto* table : tables) {
    for (const auto& remark : table->remarks) result.warnings.push_back(table->path + ": " + remark);
    std::vector<ColumnTally> tallies;
    for (const auto& name : names) tallies.push_back(tally_column(texts_of(*table, name)));
    const ShownNotation shown = shown_notation(tallies);
    for (size_t c = 0; c < names.size(); ++c)
      columns[c].push_back({table, &texts_of(*table, names[c]), std::move(tallies[c]), shown});
  }
  std::vector<std::vector<Tensor>> encoded(tables.size());  // a table's encoded columns
  for (size_t c = 0; c < names.size(); ++c) {
    EncodedColumn column;
    column.name = names[c];
    const EncodedColumn* earlier = options.earlier.empty() ? nullptr : &options.earlier[c];
    const auto parts = encode_column(columns[c], options, earlier, column, result.warnings);
    for (size_t t = 0; t < tables.size(); ++t) encoded[t].push_back(parts[t]);
    result.columns.push_back(std::move(column));
  }
  result.x.reserve(tables.size());
  for (const auto& parts : encoded) result.x.push_back(at::stack(parts, 1));
  return result;
}

}  // namespace saddle
