// Implements the writing of tables of text.
#include "saddle/io/csv.h"
#include "saddle/io/file.h"

namespace saddle {
namespace {

/// Appends a field, quoted where it holds one of `special`, or a reader would leave out a part of it.
void append_field(std::string& text, std::string_view field, bool first, std::string_view special) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  const bool stripped = !field.empty() && (blank(field.front()) || blank(field.back()));
  if (field.find_first_of(special) == std::string_view::npos && !stripped && !(first && field.starts_with('#'))) {
    text += field;
    return;
  }
  text += '"';
  for (const char c : field) text.append(c == '"' ? 2 : 1, c);
  text += '"';
}

}  // namespace

void write_csv(const std::string& path, const TextTable& table) {
  const bool one_column = table.names.size() == 1;  // which any delimiter would divide, and whose empty lines count
  const std::string special = one_column ? "\"\r\n,;\t|" : std::string("\"\r\n") + table.delimiter;
  std::string text;
  const auto append_row = [&](const auto& field_of) {
    for (size_t c = 0; c < table.names.size(); ++c) {
      if (c > 0) text += table.delimiter;
      append_field(text, field_of(c), c == 0, special);
    }
    if (one_column && text.ends_with('\n')) text += "\"\"";
    text += '\n';
  };
  append_row([&](size_t c) -> std::string_view { return table.names[c]; });
  for (size_t row = 0; row < static_cast<size_t>(table.rows()); ++row)
    append_row([&](size_t c) { return table.columns[c][row]; });
  write_file(path, text);
}

}  // namespace saddle
