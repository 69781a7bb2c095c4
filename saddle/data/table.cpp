// Implements the encoding of tables.
#include "saddle/data/table.h"

#include <unordered_map>

#include "saddle/base/error.h"
#include "saddle/data/cell.h"
#include "saddle/data/column.h"
#include "saddle/data/levels.h"

namespace saddle {
namespace {

using Tables = std::vector<const TextTable*>;
using Names = std::vector<std::string>;

constexpr const char* kMissingLevel = "missing";
constexpr const char* kOtherLevel = "other";

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

/// One column of one table, read as what it is in all of them.
struct Column {
  const TextTable* table;
  const TextColumn* texts;
  Tensor numbers = {};  // [n] float64, NaN where missing; undefined for categories
};

void encode_numbers(const std::vector<Column>& columns, EncodedColumn& encoded, std::vector<std::vector<Tensor>>& out) {
  std::vector<Tensor> all;
  int64_t missing = 0;
  for (const auto& column : columns) {
    all.push_back(column.numbers);
    missing += column.numbers.isnan().sum().item<int64_t>();
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

const TextColumn& texts_of(const TextTable& table, const std::string& name) {
  const auto at = std::find(table.names.begin(), table.names.end(), name) - table.names.begin();
  return table.columns[static_cast<size_t>(at)];
}

/// Reads a column as what it is in all tables, and encodes it.
void encode_column(std::vector<TableColumn>& columns, const TableOptions& options, EncodedColumn& encoded,
                   std::vector<std::vector<Tensor>>& out, Names& warnings) {
  ReadColumn read;
  if (!contains(options.categorical, encoded.name)) read = read_column(encoded.name, columns);
  warnings.insert(warnings.end(), read.warnings.begin(), read.warnings.end());
  encoded.categorical = read.kind == ColumnKind::category;
  std::vector<TextColumn> alike;
  if (encoded.categorical) {
    alike = spelled_alike(encoded.name, columns, warnings);
    for (size_t t = 0; t < alike.size(); ++t) columns[t].texts = &alike[t];
    warn_of_levels(encoded.name, columns, warnings);
  }
  std::vector<Column> parts;
  parts.reserve(columns.size());
  for (size_t t = 0; t < columns.size(); ++t)
    parts.push_back({columns[t].table, columns[t].texts, encoded.categorical ? Tensor() : read.numbers[t]});
  if (encoded.categorical)
    encode_levels(parts, options.most_levels, encoded, out, warnings);
  else
    encode_numbers(parts, encoded, out);
}

}  // namespace

EncodedTables encode_tables(const Tables& tables, const TableOptions& options) {
  EncodedTables result;
  const Names names = matched_names(tables, options);
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
    column.first = static_cast<int64_t>(encoded.front().size());
    encode_column(columns[c], options, column, encoded, result.warnings);
    column.count = static_cast<int64_t>(encoded.front().size()) - column.first;
    result.columns.push_back(std::move(column));
  }
  result.x.reserve(tables.size());
  for (const auto& parts : encoded) result.x.push_back(at::stack(parts, 1));
  return result;
}

}  // namespace saddle
