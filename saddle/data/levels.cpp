// Implements the comparison of levels.
#include "saddle/data/levels.h"

#include <charconv>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "saddle/data/cell.h"

namespace saddle {
namespace {

using Columns = std::vector<TableColumn>;

bool begins_with_spare_zero(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9';
}

/// The value of a level that is a number or a truth.
bool read_level(std::string_view text, double& value) { return parse_number(text, value) || read_truth(text, value); }

/// Whether each value of the column has one spelling.
bool is_spelled_once(const std::string& name, const TableColumn& column, std::vector<std::string>& warnings) {
  std::unordered_map<double, std::string_view> spellings;
  for (size_t i = 0; i < column.texts->size(); ++i) {
    const std::string_view text = (*column.texts)[i];
    double value = 0;
    if (!read_level(text, value)) continue;
    if (begins_with_spare_zero(text)) return false;
    const std::string_view other = spellings.emplace(value, text).first->second;
    if (other == text) continue;
    warnings.push_back("column '" + name + "' of " + column.table->path + ": " + in_quotes(other) + " and " +
                       in_quotes(text) + " are one number, but are taken as two levels, since one file has both");
    return false;
  }
  return true;
}

std::string spelled(double value, bool truth) {
  if (truth) return value == 1 ? "true" : "false";
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

/// The levels of one table, without missing values.
std::unordered_set<std::string_view> levels_of(const TextColumn& texts) {
  std::unordered_set<std::string_view> levels;
  for (size_t i = 0; i < texts.size(); ++i)
    if (!is_missing(texts[i])) levels.insert(texts[i]);
  return levels;
}

std::string small(std::string_view text) {
  std::string result;
  for (const char c : text)
    if (c != ' ') result += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return result;
}

void warn_of_words_for_missing(const std::string& name, const TableColumn& column, std::vector<std::string>& warnings) {
  std::set<std::string> words;
  for (size_t i = 0; i < column.texts->size(); ++i)
    if (const std::string_view text = (*column.texts)[i]; is_missing(text)) words.insert(small(text));
  if (words.size() < 2) return;
  std::string list;
  for (const std::string& word : words) list += (list.empty() ? "" : ", ") + in_quotes(word);
  warnings.push_back("column '" + name + "' of " + column.table->path + ": " + list + " are all taken for missing");
}

}  // namespace

std::vector<TextColumn> spelled_alike(const std::string& name, const Columns& columns,
                                      std::vector<std::string>& warnings) {
  const ColumnKind kind = kind_of(columns);
  const bool truth = kind == ColumnKind::truth;
  for (const auto& column : columns) {
    const int64_t readable = column.tally.may_be[truth ? 3 : 0];
    if ((!truth && kind != ColumnKind::number) || readable < column.tally.values) return {};
    if (!truth && !is_spelled_once(name, column, warnings)) return {};
  }
  std::vector<TextColumn> alike(columns.size());
  for (size_t t = 0; t < columns.size(); ++t)
    for (size_t i = 0; i < columns[t].texts->size(); ++i) {
      const std::string_view text = (*columns[t].texts)[i];
      double value = 0;
      if (read_level(text, value))
        alike[t].push_back(spelled(value, truth));
      else
        alike[t].push_back(text);
    }
  return alike;
}

void warn_of_levels(const std::string& name, const Columns& columns, std::vector<std::string>& warnings) {
  for (const auto& column : columns) warn_of_words_for_missing(name, column, warnings);
  if (columns.size() != 2) return;
  const auto p = levels_of(*columns[0].texts), q = levels_of(*columns[1].texts);
  if (p.empty() || q.empty()) return;
  std::map<std::string, std::string_view> p_small;
  for (const std::string_view level : p) p_small.emplace(small(level), level);
  std::string near;
  for (const std::string_view level : q) {
    if (p.count(level) != 0) return;
    if (const auto found = p_small.find(small(level)); found != p_small.end() && near.empty())
      near = ": " + in_quotes(found->second) + " and " + in_quotes(level) + " differ in case or blanks alone";
  }
  warnings.push_back(
      "column '" + name + "': the two tables have no level in common" +
      (near.empty() ? ": " + in_quotes(*std::min_element(p.begin(), p.end())) + " in " + columns[0].table->path + ", " +
                          in_quotes(*std::min_element(q.begin(), q.end())) + " in " + columns[1].table->path
                    : near));
}

}  // namespace saddle
