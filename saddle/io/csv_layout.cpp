// Implements the search for the header and the delimiter.
#include "saddle/io/csv_layout.h"

#include <algorithm>
#include <tuple>
#include <vector>

namespace saddle {
namespace {

using Fields = std::vector<std::string_view>;

constexpr size_t kSampled = 100;  // lines
constexpr char kNone = '\0', kBlanks = ' ';
constexpr std::string_view kBlankCharacters = " \t";

std::string_view trimmed(std::string_view text, std::string_view characters = " \t\r\n") {
  text.remove_prefix(std::min(text.find_first_not_of(characters), text.size()));
  return text.substr(0, text.find_last_not_of(characters) + 1);
}

/// Whether a field may be a number, in any notation.
bool is_like_number(std::string_view field) {
  field = trimmed(field, " \t\r\n\"");
  return field.find_first_of("0123456789") != std::string_view::npos &&
         field.find_first_not_of("0123456789+-.,eE%()' ") == std::string_view::npos;
}

/// The fields of the first lines, as far as they are whole. A quote counts at the begin of a field alone.
std::vector<Fields> sample(std::string_view text, char delimiter) {
  std::vector<Fields> lines;
  Fields fields;
  bool quoted = false;
  size_t begin = 0;
  const auto end_field = [&](size_t i) { fields.push_back(trimmed(text.substr(begin, i - begin))); };
  for (size_t i = 0; i < text.size() && lines.size() < kSampled; ++i) {
    const char c = text[i];
    if (c == '"' && (quoted || trimmed(text.substr(begin, i - begin)).empty()))
      quoted = !quoted;
    else if (quoted)
      continue;
    else if (c == '\n' || c == '\r') {
      end_field(i);
      if (fields.size() > 1 || !fields.front().empty()) lines.push_back(std::move(fields));
      fields.clear();
      begin = i + 1;
    } else if (delimiter == kBlanks ? kBlankCharacters.find(c) != std::string_view::npos : c == delimiter) {
      if (delimiter != kBlanks || begin < i) end_field(i);
      begin = i + 1;
    }
  }
  if (lines.size() < kSampled && (!quoted || lines.empty())) {  // the last line has no end
    end_field(text.size());
    if (fields.size() > 1 || !fields.front().empty()) lines.push_back(std::move(fields));
  }
  if (delimiter == kBlanks)
    for (Fields& line : lines) std::erase(line, std::string_view());
  return lines;
}

/// How well a delimiter divides the lines: by how many lines are like the header, by how many fields are numbers, and
/// by how many fields there are.
struct Fit {
  double alike = 0, numbers = 0;
  size_t fields = 0;
  bool in_rows = false;  // whether it divides any line below the header

  auto rank() const { return std::tuple(alike, numbers, fields); }
};

Fit fit_of(const std::vector<Fields>& lines) {
  Fit fit;
  if (lines.empty()) return fit;
  fit.fields = lines.front().size();
  size_t rows = 0, alike = 0, cells = 0, numbers = 0;
  for (size_t i = 1; i < lines.size(); ++i) {
    if (!lines[i].empty() && lines[i].front().starts_with('#') && lines[i].size() != fit.fields) continue;
    ++rows;
    alike += lines[i].size() == fit.fields ? 1 : 0;
    fit.in_rows = fit.in_rows || lines[i].size() > 1;
    cells += lines[i].size();
    numbers += static_cast<size_t>(std::count_if(lines[i].begin(), lines[i].end(), is_like_number));
  }
  if (rows > 0) fit.alike = static_cast<double>(alike) / static_cast<double>(rows);
  if (cells > 0) fit.numbers = static_cast<double>(numbers) / static_cast<double>(cells);
  return fit;
}

/// The delimiter of a table whose header is the first line.
char find_delimiter(std::string_view text, std::string& remark) {
  char best = kNone;
  Fit best_fit;
  for (const char delimiter : {',', ';', '\t', '|'}) {
    const Fit fit = fit_of(sample(text, delimiter));
    if (fit.fields > 1 && (best == kNone || fit.rank() > best_fit.rank())) {
      best = delimiter;
      best_fit = fit;
    }
  }
  if (best == kNone || (best_fit.alike < 1 && !best_fit.in_rows)) {
    const std::vector<Fields> lines = sample(text, kBlanks);
    const Fit blanks = fit_of(lines);
    const bool named_rows = lines.size() > 1 && lines[1].size() == blanks.fields + 1;  // R's: refused, with what to do
    if (blanks.fields > 1 && blanks.numbers > 0 && (blanks.alike == 1 || named_rows)) return kBlanks;
  }
  if (best == kNone) return kNone;
  const std::string_view header = trimmed(text.substr(0, text.find_first_of("\r\n")));
  const size_t comma = header.find(best);
  // "income, yearly" above numbers is one name; "a,b" above lines of one field is a table that is cut
  if (!best_fit.in_rows && best_fit.alike == 0 && comma + 1 < header.size() && header[comma + 1] == ' ' &&
      fit_of(sample(text, kNone)).numbers > 0) {
    remark =
        "the header '" + std::string(header) + "' was taken for the name of one column, as no row has a second field";
    return kNone;
  }
  return best;
}

/// The delimiter that a line "sep=;" names; kNone: it is no such line.
char named_delimiter(std::string_view line) {
  line = line.substr(0, line.find_last_not_of("\r\n") + 1);
  if (line.size() > 2 && line.front() == '"' && line.back() == '"') line = line.substr(1, line.size() - 2);
  const bool names =
      line.size() == 5 && (line[0] | 32) == 's' && (line[1] | 32) == 'e' && (line[2] | 32) == 'p' && line[3] == '=';
  return names ? line[4] : kNone;
}

/// The line that begins at `at`, with its end.
std::string_view line_at(std::string_view text, size_t at) {
  const size_t end = text.find('\n', at), old_end = text.find('\r', at);  // Macs of old ended lines with \r alone
  return text.substr(at, std::min({end, old_end, text.size() - 1}) + 1 - at);
}

/// Where in a line with # the header begins, if it names the columns below it, which then have no other header: it has
/// as many fields, and a number is below, which no header has, or no blank parts # from a name, as it does in a remark.
size_t header_in_comment(std::string_view line, std::string_view below, char delimiter) {
  constexpr size_t kNowhere = std::string_view::npos;
  size_t begin = line.find_first_not_of("# \t");
  if (begin == kNowhere) return kNowhere;
  if (line[begin] == delimiter) begin = line.find('#');  // "#,name": a column that numbers the rows
  const auto names = sample(line.substr(begin), delimiter), rows = sample(below, delimiter);
  if (names.empty() || rows.empty() || names.front().size() != rows.front().size()) return kNowhere;
  const auto has_number = [](const Fields& fields) {
    return std::any_of(fields.begin(), fields.end(), is_like_number);
  };
  const bool close = names.front().size() > 1 && line.find_first_of(kBlankCharacters) != line.rfind('#') + 1;
  return !has_number(names.front()) && (has_number(rows.front()) || close) ? begin : kNowhere;
}

}  // namespace

CsvLayout find_csv_layout(std::string_view head) {
  CsvLayout layout;
  char named = kNone;
  size_t comment = std::string_view::npos;
  while (layout.begin < head.size()) {
    const std::string_view line = line_at(head, layout.begin), text = trimmed(line);
    const char delimiter = named == kNone ? named_delimiter(line) : kNone;
    if (!text.empty() && delimiter == kNone && !text.starts_with('#')) break;
    if (delimiter != kNone) named = delimiter;
    if (text.starts_with('#')) comment = layout.begin;
    layout.begin += line.size();
  }
  const std::string_view below = head.substr(layout.begin);
  layout.delimiter = named != kNone ? named : find_delimiter(below, layout.remark);
  if (comment == std::string_view::npos) return layout;
  const std::string_view line = line_at(head, comment);
  const size_t header = header_in_comment(line, below, layout.delimiter);
  if (header == std::string_view::npos) return layout;
  layout.begin = comment + header;
  layout.remark =
      "the line '" + std::string(trimmed(line)).substr(0, 60) + "' was taken for the header of what follows it";
  return layout;
}

}  // namespace saddle
