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

/// The one spelling of a number or a truth; the text itself where it is neither, or a code.
std::string spelled(std::string_view text, bool truths) {
  double value = 0;
  if (read_truth(text, value) || (truths && parse_number(text, value))) return value == 1 ? "true" : "false";
  if (begins_with_spare_zero(text) || !parse_number(text, value)) return std::string(text);
  char shortest[32];
  return {shortest, std::to_chars(shortest, shortest + sizeof shortest, value).ptr};
}

/// Whether all levels are numbers or all are truths, each of them spelled in one way.
bool are_alike(const std::string& name, const Columns& columns, std::vector<std::string>& warnings) {
  const ColumnKind kind = kind_of(columns);
  const bool truths = kind == ColumnKind::truth;
  return (truths || kind == ColumnKind::number) &&
         std::all_of(columns.begin(), columns.end(), [&](const TableColumn& column) {
           return column.tally.may_be[truths ? 3 : 0] == column.tally.values &&
                  (truths || is_spelled_once(name, column, warnings));
         });
}

using Levels = std::set<std::string>;

std::string small(std::string_view text) {
  std::string result;
  for (const char c : text)
    if (c != ' ') result += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return result;
}

void warn_of_words_for_missing(const std::string& name, const TableColumn& column, std::vector<std::string>& warnings) {
  if (column.tally.missing == 0) return;
  std::set<std::string> words;
  for (size_t i = 0; i < column.texts->size(); ++i)
    if (const std::string_view text = (*column.texts)[i]; is_missing(text)) words.insert(small(text));
  if (words.size() < 2) return;
  std::string list;
  for (const std::string& word : words) list += (list.empty() ? "" : ", ") + in_quotes(word);
  warnings.push_back("column '" + name + "' of " + column.table->path + ": " + list + " are all taken for missing");
}

/// Warns of two tables that have no level in common.
void warn_of_strangers(const std::string& name, const Columns& columns, const Levels& p, const Levels& q,
                       std::vector<std::string>& warnings) {
  if (p.empty() || q.empty()) return;
  std::map<std::string, std::string_view> p_small;
  for (const auto& level : p) p_small.emplace(small(level), level);
  std::string near;
  for (const auto& level : q) {
    if (p.count(level) != 0) return;
    if (const auto found = p_small.find(small(level)); found != p_small.end() && near.empty())
      near = ": " + in_quotes(found->second) + " and " + in_quotes(level) + " differ in case or blanks alone";
  }
  warnings.push_back("column '" + name + "': the two tables have no level in common" +
                     (near.empty() ? ": " + in_quotes(*p.begin()) + " in " + columns[0].table->path + ", " +
                                         in_quotes(*q.begin()) + " in " + columns[1].table->path
                                   : near));
}

}  // namespace

std::unordered_set<std::string_view> different_texts(const TextColumn& texts) {
  std::unordered_set<std::string_view> different;
  for (size_t i = 0; i < texts.size(); ++i) different.insert(texts[i]);
  std::erase_if(different, is_missing);
  return different;
}

LevelSpelling::LevelSpelling(const std::vector<std::string>& levels) {
  truths_ = !levels.empty() && std::all_of(levels.begin(), levels.end(),
                                           [](const auto& level) { return level == "true" || level == "false"; });
  alike_ = std::all_of(levels.begin(), levels.end(), [](const auto& level) { return spelled(level, false) == level; });
}

std::string LevelSpelling::operator()(std::string_view text) const {
  return alike_ ? spelled(text, truths_) : std::string(text);
}

std::vector<std::string> find_levels(const std::string& name, const Columns& columns,
                                     std::vector<std::string>& warnings) {
  const bool alike = are_alike(name, columns, warnings), truths = kind_of(columns) == ColumnKind::truth;
  std::vector<Levels> found;  // of each table
  Levels all;
  for (const auto& column : columns) {
    warn_of_words_for_missing(name, column, warnings);
    Levels& levels = found.emplace_back();
    for (const std::string_view text : different_texts(*column.texts))
      levels.insert(alike ? spelled(text, truths) : std::string(text));
    all.insert(levels.begin(), levels.end());
  }
  if (columns.size() == 2) warn_of_strangers(name, columns, found[0], found[1], warnings);
  return {all.begin(), all.end()};
}

}  // namespace saddle
