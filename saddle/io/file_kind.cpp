// Implements the recognition of files by their first bytes.
#include "saddle/io/file_kind.h"

#include <array>
#include <filesystem>

#include "saddle/io/byte_source.h"

namespace saddle {
namespace {

using namespace std::string_view_literals;

/// A kind of file. In its advice FILE stands for the path and STEM for the path without its last ending.
struct Kind {
  size_t offset;
  std::string_view magic, name, advice;
};

constexpr std::string_view kUnzip = "unzip it, and name what is in it";
constexpr std::string_view kLook = "look at it: a page with an error may have come instead of the data";

// What stands further up is tried first.
constexpr Kind kKinds[] = {
    {0, "PAR1", "a Parquet file", "pandas.read_parquet"},
    {0, "ARROW1\0\0"sv, "an Arrow (Feather) file", "pandas.read_feather"},
    {0, "FEA1", "a Feather file", "pandas.read_feather"},
    {0, "\x89HDF\r\n\x1a\n", "an HDF5 file", "pandas.read_hdf"},
    {0, "ORC", "an ORC file", "pandas.read_orc"},
    {0, "SQLite format 3\0"sv, "an SQLite database", "sqlite3 -header -csv FILE 'select * from TABLE' > STEM.csv"},
    {0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook of the old kind (.xls)", "pandas.read_excel"},
    {0, "<stata_dta>", "a Stata file", "pandas.read_stata"},
    {0, "$FL2", "an SPSS file", "pandas.read_spss"},
    {0, "$FL3", "an SPSS file", "pandas.read_spss"},
    {0, "MATLAB 5.0 MAT-file", "a MATLAB file", "scipy.io.loadmat reads it, numpy.save writes an array for Saddle"},
    {0, "RDX2\n", "an R file", "in R: write.csv(x, \"STEM.csv\", row.names = FALSE)"},
    {0, "RDX3\n", "an R file", "in R: write.csv(x, \"STEM.csv\", row.names = FALSE)"},
    {0, "X\n\0\0\0"sv, "an R file", "in R: write.csv(readRDS(\"FILE\"), \"STEM.csv\", row.names = FALSE)"},
    {0, "Obj\x01", "an Avro file", "write it as CSV"},
    {0, "BZh", "a bzip2 file", "bunzip2 -k FILE"},
    {0,
     "\xfd"
     "7zXZ\0"sv,
     "an xz file", "unxz -k FILE"},
    {0, "\x28\xb5\x2f\xfd", "a Zstandard file", "unzstd FILE"},
    {0, "\x04\x22\x4d\x18", "an LZ4 file", "unlz4 FILE"},
    {0, "7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it, and name what is in it"},
    {0, "Rar!\x1a\x07", "a RAR archive", "unpack it, and name what is in it"},
    {257, "ustar", "a tar archive", "unpack it (tar xf FILE), and name what is in it"},
    {0, "\x93NUMPY", "an .npy array", "gunzip it where it is packed, and give it a file rather than a pipe"},
    {0, "\x80\x02", "a pickle", "pandas.read_pickle"},
    {0, "\x80\x03", "a pickle", "pandas.read_pickle"},
    {0, "\x80\x04", "a pickle", "pandas.read_pickle"},
    {0, "\x80\x05", "a pickle", "pandas.read_pickle"},
    {0, "\x89PNG\r\n\x1a\n", "a PNG image", "name the folder of images"},
    {0, "\xff\xd8\xff", "a JPEG image", "name the folder of images"},
    {0, "GIF8", "a GIF image", "name the folder of images, as PNG"},
};

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) { return std::tolower(c); });
  return result;
}

/// What a zip archive holds, by the names at its begin.
Kind zip_kind(std::string_view head) {
  const auto has = [&](std::string_view name) { return head.find(name) != std::string_view::npos; };
  if (has("opendocument.spreadsheet")) return {0, "", "an OpenDocument spreadsheet (.ods)", "pandas.read_excel"};
  if (has("word/document")) return {0, "", "a Word document", "get its table as CSV"};
  if (has("xl/") || has("[Content_Types].xml")) return {0, "", "an Excel workbook (.xlsx)", "pandas.read_excel"};
  if (has("data.pkl")) return {0, "", "a file of PyTorch's", "numpy.save(\"STEM.npy\", torch.load(\"FILE\").numpy())"};
  if (has(".npy"))
    return {
        0, "", "an .npz archive of arrays",
        "python3 -c \"import numpy; a = numpy.load('FILE'); print(a.files); numpy.save('STEM.npy', a[a.files[0]])\""};
  return {0, "", "a zip archive", kUnzip};
}

/// What text in a language of its own is; an empty name: none of those known.
Kind text_kind(std::string_view head) {
  head.remove_prefix(std::min(head.find_first_not_of(" \t\r\n\xef\xbb\xbf"), head.size()));
  const std::string begin = lower(head.substr(0, 200));
  if (begin.starts_with("<!doctype html") || begin.starts_with("<html")) return {0, "", "a page of HTML", kLook};
  if (begin.starts_with("%pdf-")) return {0, "", "a PDF document", "get its numbers as CSV"};
  if (begin.starts_with("<?xml")) return {0, "", "XML", "pandas.read_xml"};
  if (begin.starts_with("@relation"))
    return {0, "", "an ARFF file", "scipy.io.arff.loadarff reads it: write it as CSV"};
  const size_t next = begin.find_first_not_of(" \t\r\n", 1);
  const char c = next == std::string::npos ? '\0' : begin[next];
  if (begin.starts_with('{') && (c == '"' || c == '}')) {
    const size_t line = head.find('\n'),
                 second = line == std::string_view::npos ? line : head.find_first_not_of("\r\n", line);
    const bool lines = second != std::string_view::npos && head[second] == '{';
    return {0, "", "JSON", lines ? "pandas.read_json,lines=True" : "pandas.read_json"};
  }
  const bool begins_value = "{[\"-]"sv.find(c) != std::string_view::npos || (c >= '0' && c <= '9');
  if (begin.starts_with('[') && begins_value && c != '\0') return {0, "", "JSON", "pandas.read_json"};
  return {};
}

std::string replaced(std::string text, std::string_view from, const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

/// "NAME (how to convert it)".
std::string advised(const Kind& kind, const std::string& path) {
  constexpr std::string_view kPandas = "pandas.";
  const std::string stem = std::filesystem::path(path).replace_extension().string();
  std::string advice(kind.advice);
  if (advice.starts_with(kPandas)) {
    const size_t comma = std::min(advice.find(','), advice.size());
    const std::string more = comma < advice.size() ? ", " + advice.substr(comma + 1) : "";
    advice = "python3 -c \"import pandas; " + advice.substr(0, comma) + "('FILE'" + more +
             ").to_csv('STEM.csv', index=False)\"";
  }
  return std::string(kind.name) + " (" + replaced(replaced(advice, "FILE", path), "STEM", stem) + ")";
}

}  // namespace

std::string other_kind(std::string_view head, const std::string& path) {
  if (head.starts_with("PK\x03\x04")) return advised(zip_kind(head), path);
  const bool text = is_text(head);  // a column may well have the name ORC
  for (const Kind& kind : kKinds)
    if (!text && head.size() > kind.offset && head.substr(kind.offset).starts_with(kind.magic))
      return advised(kind, path);
  if (head.size() > 9 && head[8] == '{' && head.substr(4, 4) == "\0\0\0\0"sv)
    return advised({0, "", "a safetensors file", "write its arrays with numpy.save"}, path);
  const Kind kind = text_kind(head);
  return kind.name.empty() ? "" : advised(kind, path);
}

std::string not_a_run(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return "a path where there is nothing";
  if (!std::filesystem::is_regular_file(path, error))
    return "no config.toml in it (saddle train DATA --out RUN makes a run)";
  const std::string head = read_content_head(path, kKindBytes);
  if (std::string kind = other_kind(head, path); !kind.empty()) return kind;
  return is_text(head) ? "a file of text (saddle measure reads tables, and no other command does)" : "a file";
}

std::string utf16_name(std::string_view head) {
  if (head.starts_with("\xff\xfe")) return "UTF-16LE";
  if (head.starts_with("\xfe\xff")) return "UTF-16BE";
  std::array<size_t, 2> zeros{};  // at even and at odd places
  for (size_t i = 0; i < head.size(); ++i) zeros[i % 2] += head[i] == '\0' ? 1 : 0;
  const size_t pairs = head.size() / 2;
  if (pairs == 0 || std::max(zeros[0], zeros[1]) * 10 < pairs * 7) return "";  // of Latin letters nearly all have one
  if (zeros[0] * 10 < zeros[1]) return "UTF-16LE";
  return zeros[1] * 10 < zeros[0] ? "UTF-16BE" : "";
}

bool is_text(std::string_view head) {
  if (!utf16_name(head).empty()) return true;
  return std::none_of(head.begin(), head.end(), [](unsigned char c) {
    return c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != '\v' && c != '\x1a';
  });
}

}  // namespace saddle
