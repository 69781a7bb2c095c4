// Implements the schemas of tables.
#include "saddle/data/schema.h"

#include <set>
#include <unordered_map>

#include "saddle/base/error.h"
#include "saddle/data/cell.h"
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

const TextColumn& texts_of(const TextTable& table, const std::string& name) {
  const auto at = std::find(table.names.begin(), table.names.end(), name) - table.names.begin();
  return table.columns[static_cast<size_t>(at)];
}

/// The type of a column in its file; empty: the file is text.
std::string type_in(const TextTable& table, const std::string& name) {
  const auto at = std::find(table.names.begin(), table.names.end(), name) - table.names.begin();
  return table.types.empty() ? "" : table.types[static_cast<size_t>(at)];
}

/// A table's columns of these names, tallied.
std::vector<TableColumn> tallied(const TextTable& table, const Names& names) {
  std::vector<ColumnTally> tallies;
  tallies.reserve(names.size());
  for (const auto& name : names) tallies.push_back(tally_column(texts_of(table, name)));
  const ShownNotation shown = shown_notation(tallies);
  std::vector<TableColumn> columns;
  columns.reserve(names.size());
  for (size_t c = 0; c < names.size(); ++c)
    columns.push_back({&table, &texts_of(table, names[c]), std::move(tallies[c]), shown});
  return columns;
}

/// Looks at all cells of a column: how they are written, which values they have, and whether some have none.
void read_form(const std::vector<TableColumn>& columns, SchemaColumn& found) {
  CellFormFinder finder(found.kind);
  for (const auto& column : columns) {
    if (found.categorical() && column.tally.missing == 0) continue;
    const Notation notation = notation_of(column, found.form.notation);
    const CellReader read(found.kind, notation, column.tally);
    for (size_t i = 0; i < column.texts->size(); ++i) {
      const std::string_view text = (*column.texts)[i];
      double value = 0;
      if (!found.categorical() && read(text, value)) {
        check_finite(value, *column.table, static_cast<int64_t>(i), found.name);
        finder.add(text, value, notation);
        found.smallest = std::fmin(found.smallest, value);
        found.largest = std::fmax(found.largest, value);
      } else if (is_missing(text)) {
        finder.add_missing(text);
        found.may_be_missing = true;
      } else {
        found.may_be_missing = found.may_be_missing || !found.categorical();
      }
    }
  }
  const Notation notation = found.form.notation;
  found.form = finder.form();
  found.form.notation = notation;
}

SchemaColumn read_column(const std::string& name, const std::vector<TableColumn>& columns, bool categorical,
                         Names& warnings) {
  SchemaColumn found;
  found.name = name;
  found.type = type_in(*columns.front().table, name);
  found.kind = categorical ? ColumnKind::category : find_kind(name, columns, warnings);
  if (found.kind == ColumnKind::number) found.form.notation = find_notation(name, columns, warnings);
  if (found.categorical()) found.levels = find_levels(name, columns, warnings);
  read_form(columns, found);
  return found;
}

/// The codes of the levels of a table's column, NaN where missing.
Tensor code_levels(const TableColumn& column, const std::vector<std::string>& levels) {
  const LevelSpelling spelling(levels);
  std::unordered_map<std::string_view, double> codes;
  Tensor coded = at::empty({column.table->rows()}, at::kDouble);
  auto* values = coded.mutable_data_ptr<double>();
  for (size_t i = 0; i < column.texts->size(); ++i) {
    const std::string_view text = (*column.texts)[i];
    const auto [found, is_new] = codes.emplace(text, std::nan(""));
    if (is_new && !is_missing(text)) found->second = level_code(spelling(text));
    values[i] = found->second;
  }
  return coded;
}

Names names_of(const TableSchema& schema) {
  Names names;
  for (const auto& column : schema.columns) names.push_back(column.name);
  return names;
}

}  // namespace

double level_code(std::string_view level) {
  constexpr int kSpareBits = 11;  // of 64: float64 holds the other 53
  return static_cast<double>(hash_bytes(level, 0) >> kSpareBits);
}

TableSchema read_schema(const Tables& tables, const TableOptions& options, std::vector<std::string>& warnings) {
  const Names names = matched_names(tables, options);
  std::vector<std::vector<TableColumn>> columns(names.size());  // of each name, one a table
  for (const auto* table : tables) {
    std::vector<TableColumn> own = tallied(*table, names);
    for (size_t c = 0; c < names.size(); ++c) columns[c].push_back(std::move(own[c]));
  }
  TableSchema schema;
  schema.delimiter = tables.front()->delimiter;
  for (size_t c = 0; c < names.size(); ++c)
    schema.columns.push_back(read_column(names[c], columns[c], contains(options.categorical, names[c]), warnings));
  return schema;
}

Tensor encode(const TableSchema& schema, const TextTable& table, std::vector<std::string>& warnings) {
  const Names names = names_of(schema);
  for (const auto& name : names)
    if (!contains(table.names, name))
      throw Error(table.path + ": expected the columns of the rows before, got none of the name '" + name + "'");
  for (const auto& remark : table.remarks) warnings.push_back(table.path + ": " + remark);
  const std::vector<TableColumn> columns = tallied(table, names);
  std::vector<Tensor> encoded;
  for (size_t c = 0; c < names.size(); ++c) {
    const SchemaColumn& column = schema.columns[c];
    encoded.push_back(column.categorical()
                          ? code_levels(columns[c], column.levels)
                          : read_values(column.name, columns[c], column.kind, column.form.notation, warnings));
  }
  return at::stack(encoded, 1);
}

std::vector<std::string> levels_in(const SchemaColumn& column, const TextTable& table) {
  const LevelSpelling spelling(column.levels);
  std::set<std::string> levels;
  for (const std::string_view text : different_texts(texts_of(table, column.name))) levels.insert(spelling(text));
  return {levels.begin(), levels.end()};
}

TextTable decode(const TableSchema& schema, const Tensor& x) {
  const auto count = static_cast<int64_t>(schema.columns.size());
  if (x.dim() != 2 || x.size(1) != count)
    throw Error("decode: expected rows of " + std::to_string(count) + " columns, got " +
                std::to_string(x.dim() == 2 ? x.size(1) : x.dim()) + (x.dim() == 2 ? "" : " dimensions"));
  TextTable table;
  table.names = names_of(schema);
  table.delimiter = schema.delimiter;
  for (const auto& column : schema.columns) table.types.push_back(column.type);
  for (int64_t c = 0; c < count; ++c) {
    const SchemaColumn& column = schema.columns[static_cast<size_t>(c)];
    std::unordered_map<double, std::string_view> levels;
    for (const auto& level : column.levels) levels.emplace(level_code(level), level);
    const Tensor values = x.select(1, c).to(at::kDouble).contiguous();
    TextColumn& texts = table.columns.emplace_back();
    for (const double value : c10::ArrayRef<double>(values.const_data_ptr<double>(), values.numel())) {
      if (!column.categorical() || std::isnan(value)) {
        texts.push_back(write_cell(value, column.kind, column.form));
        continue;
      }
      const auto level = levels.find(value);
      if (level == levels.end())
        throw Error("decode: expected codes of levels in column '" + column.name + "', got " + std::to_string(value));
      texts.push_back(level->second);
    }
  }
  return table;
}

std::vector<bool> categorical_columns(const TableSchema& schema) {
  std::vector<bool> categorical;
  categorical.reserve(schema.columns.size());
  for (const SchemaColumn& column : schema.columns) categorical.push_back(column.categorical());
  return categorical;
}

void check_columns(const TableSchema& schema, const TextTable& table, const TableOptions& options) {
  const Names names = names_of(schema);
  for (const auto& name : kept_names(table, options))
    if (!contains(names, name))
      throw Error(table.path + ": expected the columns of the rows before, got '" + name +
                  "' as well (--drop leaves a column out)");
}

}  // namespace saddle
