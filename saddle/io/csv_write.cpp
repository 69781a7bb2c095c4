// Implements the writing of tables of text.
#include "saddle/io/csv.h"
#include "saddle/io/file.h"

namespace saddle {
namespace {

/// Appends a field, quoted where a reader would take it for something else.
void append_field(std::string& text, std::string_view field, bool first, char delimiter) {
  const bool one_column = delimiter == '\0';
  // any delimiter would divide the only column
  const bool special = field.find_first_of(one_column ? "\"\r\n,;\t|" : "\"\r\n") != std::string_view::npos ||
                       (!one_column && field.find(delimiter) != std::string_view::npos);
  const bool stripped =
      field.starts_with(' ') || field.ends_with(' ') || field.starts_with('\t') || field.ends_with('\t');
  if (!special && !stripped && !(first && field.starts_with('#')) && !(one_column && field.empty())) {
    text += field;
    return;
  }
  text += '"';
  for (const char c : field) text.append(c == '"' ? 2 : 1, c);
  text += '"';
}

}  // namespace

void write_csv(const std::string& path, const TextTable& table) {
  std::string text;
  const auto append_row = [&](const auto& field_of) {
    for (size_t c = 0; c < table.names.size(); ++c) {
      if (c > 0) text += table.delimiter;
      append_field(text, field_of(c), c == 0, table.delimiter);
    }
    text += '\n';
  };
  append_row([&](size_t c) -> std::string_view { return table.names[c]; });
  for (size_t row = 0; row < static_cast<size_t>(table.rows()); ++row)
    append_row([&](size_t c) { return table.columns[c][row]; });
  write_file(path, text);
}

}  // namespace saddle
