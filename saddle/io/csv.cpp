// Implements the reading of tables of text, on libcsv.
#include "saddle/io/csv.h"

#include <csv.h>
#include <zlib.h>

#include <charconv>

#include "saddle/base/error.h"
#include "saddle/io/file.h"

namespace saddle {
namespace {

constexpr size_t kBlock = 1 << 20;  // bytes parsed between two looks at the complaint

/// The file's bytes, unpacked where it is gzipped.
std::string read_plain(const std::string& path) {
  if (read_file_head(path, 2) != "\x1f\x8b") return read_file(path);
  const std::unique_ptr<gzFile_s, decltype(&gzclose_r)> file(gzopen(path.c_str(), "rbe"), &gzclose_r);
  if (file == nullptr) throw Error(path + ": expected a file that can be read, got no memory for it");
  std::string text;
  for (int got = 1; got > 0;) {
    const size_t end = text.size();
    text.resize(end + kBlock);
    got = gzread(file.get(), text.data() + end, kBlock);
    text.resize(end + static_cast<size_t>(std::max(got, 0)));
  }
  int status = Z_OK;
  const std::string reason = gzerror(file.get(), &status);
  if (status != Z_OK && status != Z_STREAM_END)
    throw Error(path + ": expected a whole gzip file, got " + (reason.empty() ? "one that is cut" : reason));
  return text;
}

/// The most frequent of the delimiters in the first line, outside quotes; a comma where there is none.
char find_delimiter(std::string_view text) {
  constexpr std::string_view kDelimiters = ",\t;";
  std::array<int64_t, 3> counts{};
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '\n' || c == '\r') break;
    if (const size_t which = kDelimiters.find(c); which != std::string_view::npos) ++counts[which];
  }
  return kDelimiters[static_cast<size_t>(std::max_element(counts.begin(), counts.end()) - counts.begin())];
}

int is_blank(unsigned char c) { return c == ' ' ? 1 : 0; }

/// Takes fields and row ends from libcsv. Its functions must not throw: C calls them, so they keep the first complaint.
class Collector {
 public:
  explicit Collector(TextTable& table) : table_(table) {}

  static void field(void* text, size_t size, void* self) {
    static_cast<Collector*>(self)->add({static_cast<const char*>(text), size});
  }
  static void end(int, void* self) { static_cast<Collector*>(self)->end_row(); }

  bool done() const { return !complaint_.empty(); }
  const std::string& complaint() const { return complaint_; }

  /// "row 3, column 2 ('age')": where the field that is being read stands.
  std::string place() const {
    if (header_) return "the header, column " + std::to_string(table_.names.size() + 1);
    return "row " + std::to_string(row_ + 1) + ", column " + std::to_string(fields_ + 1) +
           (fields_ < table_.names.size() ? " ('" + table_.names[fields_] + "')" : "");
  }

 private:
  void add(std::string_view text) {
    if (done()) return;
    if (header_)
      table_.names.emplace_back(text);
    else if (fields_ < table_.columns.size())
      table_.columns[fields_].push_back(text);
    ++fields_;
  }

  void end_row() {
    if (done()) return;
    if (header_) {
      header_ = false;
      table_.columns.resize(table_.names.size());
    } else if (fields_ != table_.names.size()) {
      const size_t wrong = std::min(fields_, table_.names.size());
      complaint_ = "row " + std::to_string(row_ + 1) + ", column " + std::to_string(wrong + 1) + ": expected " +
                   std::to_string(table_.names.size()) + " fields, one for each name of the header, got " +
                   std::to_string(fields_) +
                   (fields_ < table_.names.size() ? " (there is none for '" + table_.names[wrong] + "')" : "");
    } else {
      ++row_;
    }
    fields_ = 0;
  }

  TextTable& table_;
  bool header_ = true;
  size_t row_ = 0, fields_ = 0;
  std::string complaint_;
};

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
  const size_t begin = row == 0 ? 0 : ends_[row - 1];
  return std::string_view(bytes_).substr(begin, ends_[row] - begin);
}

void TextColumn::push_back(std::string_view text) {
  bytes_.append(text);
  ends_.push_back(bytes_.size());
}

bool has_table_extension(const std::string& path) {
  std::string name = std::filesystem::path(path).filename();
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
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

TextTable read_csv(const std::string& path) {
  std::string text = read_plain(path);
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
    throw Error(path + ": expected text in UTF-8, got UTF-16 (save it as CSV in UTF-8)");
  std::string_view rest = text;
  if (rest.starts_with("\xef\xbb\xbf")) rest.remove_prefix(3);
  rest.remove_prefix(std::min(rest.find_first_not_of("\r\n"), rest.size()));
  if (rest.empty()) throw Error(path + ": expected a header and rows, got an empty file");

  TextTable table;
  table.path = path;
  Collector collector(table);
  csv_parser parser{};
  if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
    throw Error(path + ": expected a file that can be read, got no memory for it");
  const std::unique_ptr<csv_parser, decltype(&csv_free)> guard(&parser, &csv_free);
  csv_set_delim(&parser, static_cast<unsigned char>(find_delimiter(rest)));
  csv_set_space_func(&parser, &is_blank);  // a tab may be the delimiter
  bool whole = true;
  for (; whole && !rest.empty() && !collector.done(); rest.remove_prefix(std::min(kBlock, rest.size()))) {
    const size_t size = std::min(kBlock, rest.size());
    whole = csv_parse(&parser, rest.data(), size, &Collector::field, &Collector::end, &collector) == size;
  }
  if (whole && !collector.done()) whole = csv_fini(&parser, &Collector::field, &Collector::end, &collector) == 0;
  if (collector.done()) throw Error(path + ": " + collector.complaint());
  if (!whole)
    throw Error(path + ": " + collector.place() +
                ": expected a quoted field to end with a quote, got a quote that never ends or one inside a field "
                "that is not doubled");
  check_names(table);
  if (table.rows() == 0) throw Error(path + ": expected rows below the header, got none");
  return table;
}

}  // namespace saddle
