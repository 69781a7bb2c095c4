// Implements the reading of tables of text, on libcsv.
#include "saddle/io/csv.h"

#include <csv.h>

#include <charconv>

#include "saddle/base/error.h"
#include "saddle/io/csv_layout.h"
#include "saddle/io/file_kind.h"
#include "saddle/io/parquet.h"
#include "saddle/io/text_source.h"

namespace saddle {
namespace {

constexpr size_t kPieceRows = 4096;

int is_blank(unsigned char c) { return c == ' ' ? 1 : 0; }

/// Takes fields and row ends from libcsv. Its functions must not throw: C calls them, so they keep the first complaint.
class Collector {
 public:
  Collector(TextTable& table, char delimiter) : table_(table), blanks_(delimiter == ' ') {}

  static void field(void* text, size_t size, void* self) {
    static_cast<Collector*>(self)->add({static_cast<const char*>(text), size});
  }
  static void end(int c, void* self) { static_cast<Collector*>(self)->end_line(c); }

  bool done() const { return !complaint_.empty(); }
  const std::string& complaint() const { return complaint_; }

  /// "row 3, column 2 ('age')": where the field that is being read stands.
  std::string place() const {
    const size_t column = ends_.size();
    if (header_) return "the header, column " + std::to_string(column + 1);
    return "row " + std::to_string(row_ + 1) + ", column " + std::to_string(column + 1) +
           (column < table_.names.size() ? " ('" + table_.names[column] + "')" : "");
  }

  /// Adds to the table's remarks what was read otherwise than it stands there.
  void remark() const {
    if (!first_mended_.empty())
      table_.remarks.push_back("bytes that are no UTF-8, first in " + first_mended_ + ", were read as Windows-1252");
    if (comments_ > 0)
      table_.remarks.push_back("lines below the header that begin with # were left out: " + std::to_string(comments_));
    if (empty_ > 0) table_.remarks.push_back("empty lines were taken for missing values: " + std::to_string(empty_));
  }

 private:
  void add(std::string_view text) {
    if (done() || (blanks_ && text.empty())) return;  // of a run of blanks each but the last ends an empty field
    after_return_ = false;
    if (text.size() > TextColumn::kLongestText) {
      complaint_ = place() + ": expected at most " + std::to_string(TextColumn::kLongestText) +
                   " bytes in a cell, got " + std::to_string(text.size()) + " (does a quote not end?)";
      return;
    }
    row_text_ += text;
    ends_.push_back(row_text_.size());
  }

  /// Makes UTF-8 of the cells of this row that are none.
  void mend() {
    std::vector<std::string> cells;
    cells.reserve(ends_.size());
    for (size_t i = 0; i < ends_.size(); ++i) cells.emplace_back(cell(i));
    row_text_.clear();
    ends_.clear();
    for (const std::string& text : cells) {
      const bool good = is_utf8(text);
      if (!good && first_mended_.empty()) first_mended_ = place();
      row_text_ += good ? text : to_utf8(text);
      ends_.push_back(row_text_.size());
    }
  }

  std::string_view cell(size_t column) const {
    const size_t begin = column == 0 ? 0 : ends_[column - 1];
    return std::string_view(row_text_).substr(begin, ends_[column] - begin);
  }

  void end_line(int c) {
    if (done()) return;
    const bool second_half = c == '\n' && after_return_;  // of "\r\n"
    after_return_ = c == '\r';
    if (!is_utf8(row_text_)) mend();
    if (!ends_.empty())
      end_row();
    else if (!header_ && !second_half && table_.names.size() == 1)
      ++waiting_;
    row_text_.clear();
    ends_.clear();
  }

  void end_row() {
    const size_t wanted = table_.names.size();
    if (header_) {
      for (size_t i = 0; i < ends_.size(); ++i) table_.names.emplace_back(cell(i));
      table_.columns.resize(ends_.size());
      header_ = false;
    } else if (ends_.size() == wanted) {
      empty_ += waiting_;
      for (; waiting_ > 0; --waiting_, ++row_) table_.columns.front().push_back("");
      for (size_t i = 0; i < wanted; ++i) table_.columns[i].push_back(cell(i));
      ++row_;
    } else if (cell(0).starts_with('#')) {
      ++comments_;
    } else {
      const size_t wrong = std::min(ends_.size(), wanted);
      complaint_ = "row " + std::to_string(row_ + 1) + ", column " + std::to_string(wrong + 1) + ": expected " +
                   std::to_string(wanted) + " fields, one for each name of the header, got " +
                   std::to_string(ends_.size()) +
                   (ends_.size() < wanted ? " (there is none for '" + table_.names[wrong] + "')"
                    : row_ == 0 && ends_.size() == wanted + 1
                        ? " (R's write.table leaves out the name of its row names: row.names = FALSE)"
                        : "");
    }
  }

  TextTable& table_;
  bool blanks_, header_ = true, after_return_ = false;
  size_t row_ = 0;
  std::string row_text_;                            // the fields of this row, end to end
  std::vector<size_t> ends_;                        // their ends
  int64_t comments_ = 0, empty_ = 0, waiting_ = 0;  // waiting: empty lines that no row follows yet
  std::string first_mended_, complaint_;
};

/// Feeds the text to libcsv, block after block.
void parse(TextSource& source, const ReadProgress& progress, TextTable& table) {
  std::string block;
  bool more = source.next(block);
  const CsvLayout layout = find_csv_layout(block);
  std::string_view rest = std::string_view(block).substr(layout.begin);
  if (rest.empty()) throw Error(table.path + ": expected a header and rows, got an empty file");
  if (layout.delimiter != '\0') table.delimiter = layout.delimiter;
  if (!layout.remark.empty()) table.remarks.push_back(layout.remark);
  Collector collector(table, layout.delimiter);
  csv_parser parser{};
  if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0)
    throw Error(table.path + ": expected a file that can be read, got no memory for it");
  const std::unique_ptr<csv_parser, decltype(&csv_free)> guard(&parser, &csv_free);
  csv_set_delim(&parser, static_cast<unsigned char>(layout.delimiter));
  csv_set_space_func(&parser, &is_blank);  // a tab may be the delimiter
  bool whole = true;
  while (more) {
    if (layout.delimiter == ' ') std::replace(block.begin(), block.end(), '\t', ' ');
    whole = csv_parse(&parser, rest.data(), rest.size(), &Collector::field, &Collector::end, &collector) == rest.size();
    if (progress) progress(source.taken(), source.size());
    if (!whole || collector.done()) break;
    more = source.next(block);
    rest = block;
  }
  if (whole && !collector.done()) whole = csv_fini(&parser, &Collector::field, &Collector::end, &collector) == 0;
  if (collector.done()) throw Error(table.path + ": " + collector.complaint());
  if (!whole)
    throw Error(table.path + ": " + collector.place() +
                ": expected a quoted field to end with a quote, got a quote that never ends or one inside a field "
                "that is not doubled");
  collector.remark();
}

void check_names(const TextTable& table) {
  const std::string where = table.path + ": the header: ";
  double number = 0;
  if (std::all_of(table.names.begin(), table.names.end(), [&](const auto& name) { return parse_number(name, number); }))
    throw Error(where + "expected the names of the columns, got numbers alone (put a line with names on top)");
  std::map<std::string, size_t> seen;
  for (size_t i = 0; i < table.names.size(); ++i) {
    const std::string& name = table.names[i];
    if (name.empty())
      throw Error(where + "expected a name for every column, got none for column " + std::to_string(i + 1) +
                  (i == 0 ? " (pandas writes its row numbers so; leave them out with index=False)" : ""));
    const auto [other, is_new] = seen.emplace(name, i);
    if (!is_new)
      throw Error(where + "expected a name of its own for every column, got '" + name + "' for columns " +
                  std::to_string(other->second + 1) + " and " + std::to_string(i + 1));
  }
}

}  // namespace

std::string_view TextColumn::operator[](size_t row) const {
  const Piece& piece = pieces_[row / kPieceRows];
  const size_t i = row % kPieceRows;
  const size_t begin = i == 0 ? 0 : piece.ends[i - 1];
  return std::string_view(piece.bytes).substr(begin, piece.ends[i] - begin);
}

void TextColumn::push_back(std::string_view text) {
  if (size_ % kPieceRows == 0) {
    if (!pieces_.empty()) pieces_.back().bytes.shrink_to_fit();
    pieces_.emplace_back().ends.reserve(kPieceRows);
  }
  pieces_.back().bytes.append(text);
  pieces_.back().ends.push_back(static_cast<uint32_t>(pieces_.back().bytes.size()));
  ++size_;
}

bool has_table_extension(const std::string& path) {
  std::string name = std::filesystem::path(path).filename();
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  if (name.ends_with(".parquet")) return true;
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  return name.ends_with(".csv") || name.ends_with(".tsv") || name.ends_with(".tab");
}

bool parse_number(std::string_view text, double& value) {
  if (text.starts_with('+') && text.size() > 1 && text[1] != '-') text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range && end == text.data() + text.size() && !text.empty()) {
    value = std::strtod(std::string(text).c_str(), nullptr);  // 0 or infinity, as the number is nearest to
    return true;
  }
  return error == std::errc() && end == text.data() + text.size() && !std::isnan(value);
}

bool is_table(const std::string& path) {
  try {
    const std::string head = read_content_head(path, kKindBytes);
    return is_parquet(path) || (!head.empty() && is_text(head) && other_kind(head, path).empty());
  } catch (const Error&) {
    return false;
  }
}

TextTable read_csv(const std::string& path, const ReadProgress& progress) {
  TextTable table;
  table.path = path;
  TextSource source(path);
  parse(source, progress, table);
  check_names(table);
  if (table.rows() == 0) throw Error(path + ": expected rows below the header, got none");
  return table;
}

}  // namespace saddle
