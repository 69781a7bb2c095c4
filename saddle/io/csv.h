// Reads tables of text: CSV, TSV and their kin, with a header.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace saddle {

/// A column of texts, stored end to end.
class TextColumn {
 public:
  size_t size() const { return ends_.size(); }
  std::string_view operator[](size_t row) const;
  void push_back(std::string_view text);

 private:
  std::string bytes_;
  std::vector<size_t> ends_;
};

/// A table of text as its file holds it; row i is the (i + 1)-th row below the header.
struct TextTable {
  std::string path;
  std::vector<std::string> names;
  std::vector<TextColumn> columns;  // one a name, all of one length

  int64_t rows() const { return columns.empty() ? 0 : static_cast<int64_t>(columns.front().size()); }
};

/// Whether the name ends as a table's: .csv, .tsv or .tab, also with .gz behind it.
bool has_table_extension(const std::string& path);

/// Reads a table with a header, plain or gzipped (RFC 4180; UTF-8, with or without its mark).
///
/// The delimiter is the most frequent of comma, tab and semicolon in the header. A quoted field may hold delimiters,
/// line breaks and doubled quotes. Spaces around a field without quotes are no part of it; empty lines are skipped.
/// Throws: Error naming the file, and the row (counted from 1 below the header) and column of a row with too few or too
/// many fields or a quote that never ends; Error for an empty file, a header that is none (all its fields are numbers,
/// one is empty, two are equal), no rows below it, or text in UTF-16.
/// Cost: one pass; memory of about the file's size.
TextTable read_csv(const std::string& path);

/// Whether the whole text is a number ("1", "-2.5e3", "inf"); `value` gets it.
bool parse_number(std::string_view text, double& value);

}  // namespace saddle
