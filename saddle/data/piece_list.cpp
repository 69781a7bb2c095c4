// Implements lists of pieces.
#include "saddle/data/piece_list.h"

#include <map>

#include "saddle/base/error.h"
#include "saddle/io/file.h"

namespace saddle {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMostListBytes = 100'000'000;

bool is_name_digit(char c) { return c >= '0' && c <= '9'; }

/// Whether a stands before b in natural order: by runs of digits as numbers, and other characters as they are.
bool stands_before(const std::string& a, const std::string& b) {
  size_t i = 0, k = 0;
  while (i < a.size() && k < b.size()) {
    if (!is_name_digit(a[i]) || !is_name_digit(b[k])) {
      if (a[i] != b[k]) return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[k]);
      ++i, ++k;
      continue;
    }
    const auto run = [](const std::string& text, size_t& at) {
      while (at < text.size() && text[at] == '0') ++at;
      const size_t begin = at;
      while (at < text.size() && is_name_digit(text[at])) ++at;
      return text.substr(begin, at - begin);
    };
    const std::string x = run(a, i), y = run(b, k);
    if (x != y) return std::pair(x.size(), x) < std::pair(y.size(), y);
  }
  const size_t left = a.size() - i, other = b.size() - k;
  return left != other ? left < other : a < b;  // 01 and 1 are two names
}

std::string_view path_in(std::string_view line) {
  constexpr std::string_view kAround = " \t\r\v\f";
  const size_t first = line.find_first_not_of(kAround);
  return first == std::string_view::npos ? "" : line.substr(first, line.find_last_not_of(kAround) + 1 - first);
}

}  // namespace

std::string PieceName::where(const std::string& list) const {
  return line == 0 ? path : list + ": line " + std::to_string(line) + ": " + path;
}

bool is_piece_list(const std::string& data) { return data.ends_with(".list"); }

std::vector<PieceName> parse_piece_list(std::string_view text, const std::string& path) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";  // which some editors put before UTF-8
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  std::vector<PieceName> pieces;
  int64_t number = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = path_in(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.find('\0') != std::string_view::npos)
      throw Error(path + ": line " + std::to_string(number) +
                  ": expected the path of a piece, got bytes that are no text");
    if (!line.empty() && line.front() != '#') pieces.push_back({std::string(line), number});
  }
  if (pieces.empty())
    throw Error(path +
                ": expected the path of a piece a line (a folder of images, an IDX file or an .npy array), got " +
                (number == 0 ? "an empty file" : "none in " + std::to_string(number) + " lines"));
  return pieces;
}

std::vector<PieceName> read_piece_list(const std::string& path) {
  std::vector<PieceName> pieces = parse_piece_list(read_file(path, kMostListBytes), path);
  const fs::path folder = fs::path(path).parent_path();
  std::map<std::string, int64_t> lines;  // by the place that they lead to
  for (PieceName& piece : pieces) {
    piece.path = (folder / piece.path).string();
    std::error_code error;
    const std::string place = fs::canonical(piece.path, error);
    if (error)
      throw Error(piece.where(path) + ": expected a piece of the data, got " +
                  (error == std::errc::no_such_file_or_directory ? "a path where there is nothing"
                                                                 : "an error: " + error.message()));
    const auto [found, is_new] = lines.emplace(place, piece.line);
    if (!is_new)
      throw Error(piece.where(path) + ": expected every piece once, got that of line " + std::to_string(found->second));
  }
  return pieces;
}

std::vector<PieceName> list_arrays(const std::string& folder) {
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename();
    std::error_code unknown;
    if (name.front() != '.' && name.ends_with(".npy") && entry->is_regular_file(unknown)) names.push_back(name);
  }
  if (error) throw Error(folder + ": expected a folder that can be read, got: " + error.message());
  std::sort(names.begin(), names.end(), stands_before);
  std::vector<PieceName> pieces;
  pieces.reserve(names.size());
  for (const std::string& name : names) pieces.push_back({(fs::path(folder) / name).string()});
  return pieces;
}

}  // namespace saddle
