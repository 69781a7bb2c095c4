// Implements the encoding of tables.
#include "saddle/data/table.h"

#include <unordered_map>

#include "saddle/base/error.h"

namespace saddle {
namespace {

using Tables = std::vector<const TextTable*>;
using Names = std::vector<std::string>;

constexpr std::string_view kMissing[] = {"", "NA", "NaN", "nan", "?"};
constexpr const char* kMissingLevel = "missing";
constexpr const char* kOtherLevel = "other";

bool is_missing(std::string_view text) {
  return std::find(std::begin(kMissing), std::end(kMissing), text) != std::end(kMissing);
}

bool contains(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string place(const TextTable& table, size_t row, const std::string& name) {
  return table.path + ": row " + std::to_string(row + 1) + ", column '" + name + "'";
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
      throw Error(where + ": expected the columns of " + of + ", got none of the name '" + name + "'" +
                  (near.empty() ? "" : " but '" + near + "'") + " (--drop leaves a column out)");
    }
  };
  for (const auto* table : tables) {
    const Names others = kept_names(*table, options);
    expect_all(names, tables.front()->path, others, table->path);
    expect_all(others, table->path, names, tables.front()->path);
  }
  return names;
}

/// One column of one table, as far as it can be read as numbers.
struct Column {
  const TextTable* table;
  const TextColumn* texts;
  Tensor numbers = {};      // [n] float64, NaN where missing; up to the first text
  int64_t first_text = -1;  // the row of the first value that is no number; -1: none
  int64_t missing = 0;
};

Column read_column(const TextTable& table, const std::string& name) {
  const auto at = std::find(table.names.begin(), table.names.end(), name) - table.names.begin();
  Column column{&table, &table.columns[static_cast<size_t>(at)]};
  column.numbers = at::full({table.rows()}, std::nan(""), at::kDouble);
  auto* numbers = column.numbers.mutable_data_ptr<double>();
  for (size_t i = 0; i < column.texts->size(); ++i) {
    const std::string_view text = (*column.texts)[i];
    if (is_missing(text)) {
      ++column.missing;
    } else if (column.first_text < 0 && !parse_number(text, numbers[i])) {
      column.first_text = static_cast<int64_t>(i);
    }
  }
  return column;
}

/// Whether all are numeric (true) or all text (false); refuses a mixture over the tables.
bool agree_on_numbers(const std::vector<Column>& columns, const std::string& name) {
  const auto has_values = [](const Column& c) { return c.missing < c.table->rows(); };
  const auto text = std::find_if(columns.begin(), columns.end(), [](const Column& c) { return c.first_text >= 0; });
  if (text == columns.end()) return std::any_of(columns.begin(), columns.end(), has_values);
  for (const auto& column : columns)
    if (column.first_text < 0 && has_values(column)) {
      std::string value((*text->texts)[static_cast<size_t>(text->first_text)]);
      if (value.size() > 40) value = value.substr(0, 40) + "...";
      throw Error(place(*text->table, static_cast<size_t>(text->first_text), name) + ": expected a number, since " +
                  column.table->path + " has numbers alone there, got '" + value + "' (--categorical " + name +
                  " takes both as categories)");
    }
  return false;
}

void encode_numbers(const std::vector<Column>& columns, EncodedColumn& encoded, std::vector<std::vector<Tensor>>& out) {
  std::vector<Tensor> all;
  int64_t missing = 0;
  for (const auto& column : columns) {
    const Tensor infinite = column.numbers.isinf();
    if (infinite.any().item<bool>())
      throw Error(
          place(*column.table, static_cast<size_t>(infinite.to(at::kByte).argmax().item<int64_t>()), encoded.name) +
          ": expected a finite number, got infinity");
    all.push_back(column.numbers);
    missing += column.missing;
  }
  encoded.labels = {encoded.name};
  if (missing > 0) encoded.labels.push_back(encoded.name + " is missing");
  const Tensor median = at::nanmedian(at::cat(all));
  for (size_t t = 0; t < columns.size(); ++t) {
    const Tensor& x = columns[t].numbers;
    const Tensor absent = x.isnan();
    out[t].push_back(at::where(absent, median, x));
    if (missing > 0) out[t].push_back(absent.to(at::kDouble));
  }
}

/// The levels of a column in all tables: the most frequent, then in the order of their names.
Names common_levels(const std::vector<Column>& columns, int64_t most, size_t& distinct) {
  std::unordered_map<std::string_view, int64_t> counts;
  for (const auto& column : columns)
    for (size_t i = 0; i < column.texts->size(); ++i) {
      const std::string_view text = (*column.texts)[i];
      ++counts[is_missing(text) ? std::string_view(kMissingLevel) : text];
    }
  std::vector<std::pair<int64_t, std::string_view>> ranked;
  ranked.reserve(counts.size());
  for (const auto& [level, count] : counts) ranked.emplace_back(-count, level);
  std::sort(ranked.begin(), ranked.end());
  distinct = ranked.size();
  ranked.resize(std::min(ranked.size(), static_cast<size_t>(most)));
  Names levels;
  levels.reserve(ranked.size());
  for (const auto& [count, level] : ranked) levels.emplace_back(level);
  std::sort(levels.begin(), levels.end());
  return levels;
}

void encode_levels(const std::vector<Column>& columns, int64_t most, EncodedColumn& encoded,
                   std::vector<std::vector<Tensor>>& out, Names& warnings) {
  size_t distinct = 0;
  Names levels = common_levels(columns, most, distinct);
  if (distinct > levels.size()) {
    warnings.push_back("column '" + encoded.name + "' has " + std::to_string(distinct) + " levels: all but the " +
                       std::to_string(levels.size()) +
                       " most frequent are taken as one, so that differences among the others are not seen");
    levels.emplace_back(kOtherLevel);
  }
  std::unordered_map<std::string_view, int64_t> codes;
  for (size_t k = 0; k < levels.size(); ++k) codes.emplace(levels[k], static_cast<int64_t>(k));
  for (const auto& level : levels) encoded.labels.push_back(encoded.name + " = " + level);
  const auto last = static_cast<int64_t>(levels.size()) - 1;
  for (size_t t = 0; t < columns.size(); ++t) {
    Tensor code = at::empty({columns[t].table->rows()}, at::kLong);
    auto* place = code.mutable_data_ptr<int64_t>();
    for (size_t i = 0; i < columns[t].texts->size(); ++i) {
      const std::string_view text = (*columns[t].texts)[i];
      const auto found = codes.find(is_missing(text) ? std::string_view(kMissingLevel) : text);
      place[i] = found == codes.end() ? last : found->second;
    }
    for (int64_t k = 0; k <= last; ++k) out[t].push_back((code == k).to(at::kDouble));
  }
}

}  // namespace

EncodedTables encode_tables(const Tables& tables, const TableOptions& options) {
  EncodedTables result;
  std::vector<std::vector<Tensor>> encoded(tables.size());  // a table's encoded columns
  for (const auto& name : matched_names(tables, options)) {
    std::vector<Column> columns;
    columns.reserve(tables.size());
    for (const auto* table : tables) columns.push_back(read_column(*table, name));
    EncodedColumn column;
    column.name = name;
    column.categorical = contains(options.categorical, name) || !agree_on_numbers(columns, name);
    column.first = static_cast<int64_t>(encoded.front().size());
    if (column.categorical)
      encode_levels(columns, options.most_levels, column, encoded, result.warnings);
    else
      encode_numbers(columns, column, encoded);
    column.count = static_cast<int64_t>(encoded.front().size()) - column.first;
    result.columns.push_back(std::move(column));
  }
  result.x.reserve(tables.size());
  for (const auto& columns : encoded) result.x.push_back(at::stack(columns, 1));
  return result;
}

}  // namespace saddle
