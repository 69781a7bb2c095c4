// Reads and writes tables of text: CSV, TSV and their kin, with a header.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace saddle {

/// A column of texts, stored end to end in pieces: 4 bytes a text beside its own.
class TextColumn {
 public:
  size_t size() const { return size_; }           // how many texts
  std::string_view operator[](size_t row) const;  // one of them
  void push_back(std::string_view text);          // adds one

  static constexpr size_t kLongestText = 1'000'000;  // bytes, so that the ends within a piece fit their type

 private:
  struct Piece {
    std::string bytes;
    std::vector<uint32_t> ends;
  };
  std::vector<Piece> pieces_;
  size_t size_ = 0;
};

/// A table of text as its file holds it; row i is the (i + 1)-th row below the header.
struct TextTable {
  std::string path;
  std::vector<std::string> names;
  std::vector<TextColumn> columns;   // one a name, all of one length; UTF-8
  std::vector<std::string> remarks;  // sentences about what was read otherwise than it stands there
  char delimiter = ',';              // between fields, where there are several columns; ' ': runs of blanks
  std::vector<std::string> types{};  // one a name, as Arrow calls them, where the file is Parquet; else empty

  int64_t rows() const {
    return columns.empty() ? 0 : static_cast<int64_t>(columns.front().size());
  }  // below the header
};

/// Whether the name ends as a table's: .parquet; .csv, .tsv or .tab, also with .gz behind it.
bool has_table_extension(const std::string& path);

/// Whether a file's content is Parquet, or text that may be a table, plain or gzipped; false for what cannot be read.
bool is_table(const std::string& path);

/// Is told how much of the file was read; a size of 0 is one that is not known.
using ReadProgress = std::function<void(int64_t bytes, int64_t size)>;

/// Reads a table with a header from a file, a pipe or the standard input ("-"), plain or gzipped (RFC 4180).
///
/// `find_csv_layout` finds the header and the delimiter. A quoted field may hold delimiters, line breaks and doubled
/// quotes. Spaces around a field without quotes are no part of it. Empty lines are skipped, but in a table of one
/// column those above the last row are empty values. Below the header a line that begins with # and has another number
/// of fields than the header is skipped. Text is UTF-8 or UTF-16; bytes that are neither are taken as Windows-1252.
/// What of this is a guess is in the remarks. Throws: Error naming the file, and the row (counted from 1 below the
/// header) and column of a row with too few or too many fields or a quote that never ends; Error for an empty file, a
/// file of another kind (named, with how to convert it), a header that is none (all its fields are numbers, one is
/// empty, two are equal), or no rows below it. Cost: one pass; memory of the cells and 4 bytes for each.
TextTable read_csv(const std::string& path, const ReadProgress& progress = {});

/// Writes a table with a header, so that `read_csv` reads the same cells (RFC 4180, lines that end with \n).
///
/// A field is quoted where the format or `read_csv` would take it for something else. Throws: as `write_file`.
void write_csv(const std::string& path, const TextTable& table);

/// Whether the whole text is a number ("1", "-2.5e3", "inf"); `value` gets it.
bool parse_number(std::string_view text, double& value);

}  // namespace saddle
