// Implements new values for key columns.
#include "saddle/data/new_keys.h"

#include <unordered_set>

#include "saddle/data/time_format.h"

namespace saddle {
namespace {

constexpr size_t kMostDigits = 17;

/// Words of one prefix and a number: how they go on.
struct Numbered {
  std::string prefix;
  size_t digits = 0;  // with zeros before the number; 0: without
  int64_t largest = 0;
};

/// Whether the levels are one prefix and a number each.
bool find_numbered(const std::vector<std::string>& levels, Numbered& found) {
  for (size_t i = 0; i < levels.size(); ++i) {
    const std::string& level = levels[i];
    size_t digits = 0;
    while (digits < level.size() && std::isdigit(static_cast<unsigned char>(level[level.size() - 1 - digits])) != 0)
      ++digits;
    const std::string prefix = level.substr(0, level.size() - digits);
    if (digits == 0 || digits > kMostDigits || (i > 0 && prefix != found.prefix)) return false;
    if (level[prefix.size()] == '0' && digits > 1) found.digits = std::max(found.digits, digits);
    found.prefix = prefix;
    found.largest = std::max<int64_t>(found.largest, std::stoll(level.substr(prefix.size())));
  }
  return !levels.empty();
}

std::vector<std::string> new_words(const SchemaColumn& column, int64_t count) {
  Numbered numbered;
  const bool known = find_numbered(column.levels, numbered);
  const std::unordered_set<std::string> taken(column.levels.begin(), column.levels.end());
  std::vector<std::string> keys;
  for (int64_t i = 1; static_cast<int64_t>(keys.size()) < count; ++i) {
    std::string number = std::to_string((known ? numbered.largest : 0) + i);
    if (known && number.size() < numbered.digits) number.insert(0, numbered.digits - number.size(), '0');
    std::string key = (known ? numbered.prefix : "new-") + number;
    if (taken.count(key) == 0) keys.push_back(std::move(key));
  }
  return keys;
}

/// The smallest difference that the column's cells can tell.
double smallest_step(const SchemaColumn& column) {
  if (column.kind == ColumnKind::date || column.kind == ColumnKind::clock) return step_of(column.form.time);
  return std::pow(10, -static_cast<double>(std::min<int64_t>(column.form.decimals, 9)));
}

}  // namespace

std::vector<std::string> new_keys(const SchemaColumn& column, int64_t count, double step) {
  if (column.categorical()) return new_words(column, count);
  const double apart = std::max(step, smallest_step(column)), last = std::isnan(column.largest) ? 0 : column.largest;
  std::vector<std::string> keys;
  for (int64_t i = 1; i <= count; ++i)
    keys.push_back(write_cell(last + apart * static_cast<double>(i), column.kind, column.form));
  return keys;
}

TextTable decode_generated(const TableSchema& schema, const TableCodec* codec, const Tensor& x) {
  TextTable table = decode(schema, x);
  for (size_t c = 0; codec != nullptr && c < table.columns.size(); ++c) {
    if (codec->columns()[c].role != ColumnRole::key) continue;
    table.columns[c] = {};
    for (const std::string& key : new_keys(schema.columns[c], x.size(0))) table.columns[c].push_back(key);
  }
  return table;
}

}  // namespace saddle
