// Implements numpy's .npy: a magic number, a Python dictionary that is parsed and never evaluated, and bytes.
#include "saddle/io/npy.h"

#include "saddle/base/error.h"
#include "saddle/io/bytes.h"
#include "saddle/io/file.h"

namespace saddle {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr int64_t kMaxHeaderBytes = 1 << 20;

/// An element type: as it lies in the file, and as it is returned. Unsigned integers are read as signed and
/// masked.
struct Type {
  const char* name;
  at::ScalarType stored, returned;
  int64_t mask = -1;
};

constexpr Type kTypes[] = {{"b1", at::kByte, at::kByte},
                           {"u1", at::kByte, at::kByte},
                           {"i1", at::kChar, at::kLong},
                           {"i2", at::kShort, at::kLong},
                           {"i4", at::kInt, at::kLong},
                           {"i8", at::kLong, at::kLong},
                           {"u2", at::kShort, at::kLong, 0xffff},
                           {"u4", at::kInt, at::kLong, 0xffffffff},
                           {"u8", at::kLong, at::kLong, std::numeric_limits<int64_t>::max()},
                           {"f2", at::kHalf, at::kFloat},
                           {"f4", at::kFloat, at::kFloat},
                           {"f8", at::kDouble, at::kDouble}};

/// What a header says.
struct Header {
  Type type{};
  bool is_big_endian = false;
  bool is_fortran = false;
  std::vector<int64_t> shape;
  int64_t count = 1;  // elements
};

/// Parses the header's dictionary: exactly the keys descr, fortran_order and shape, with literals of their
/// types.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const std::string& path, int64_t start, int64_t max_bytes)
      : text_(text), path_(path), start_(start), max_bytes_(max_bytes) {}

  Header parse() {
    take('{');
    std::vector<std::string> seen;
    while (peek() != '}') {
      const size_t key_position = position_;
      const std::string key = parse_text();
      take(':');
      if (std::count(seen.begin(), seen.end(), key) > 0) fail(key_position, "every key once, got '" + key + "' twice");
      if (key == "descr") {
        parse_type();
      } else if (key == "fortran_order") {
        parse_order();
      } else if (key == "shape") {
        parse_shape();
      } else {
        fail(key_position, "descr, fortran_order or shape, got another key");
      }
      seen.push_back(key);
      if (peek() != '}') take(',');
    }
    take('}');
    if (seen.size() != 3) fail(position_, "descr, fortran_order and shape, got fewer");
    if (peek() != '\0' || position_ != text_.size()) fail(position_, "the header's end");
    check_size();
    return header_;
  }

 private:
  [[noreturn]] void fail(size_t position, const std::string& expected) const {
    throw Error(path_ + ": byte " + std::to_string(start_ + position) + ": expected " + expected);
  }

  /// Skips white space and returns the character that follows, 0 at the end.
  char peek() {
    position_ = std::min(text_.find_first_not_of(" \n\t\r", position_), text_.size());
    return position_ < text_.size() ? text_[position_] : '\0';
  }

  void take(char c) {
    std::string expected = "'?' in the header";
    expected[1] = c;
    if (peek() != c) fail(position_, expected);
    ++position_;
  }

  std::string parse_text() {
    const char quote = peek();
    const size_t end = quote == '\'' || quote == '"' ? text_.find(quote, position_ + 1) : std::string_view::npos;
    if (end == std::string_view::npos) fail(position_, "a text in quotes");
    const std::string text(text_.substr(position_ + 1, end - position_ - 1));
    position_ = end + 1;
    return text;
  }

  void parse_type() {
    if (peek() == '[') fail(position_, "an array of numbers, got a structured array (save its fields one by one)");
    const size_t position = position_;
    const std::string text = parse_text();
    const std::string name = text.empty() ? "" : text.substr(1);
    const bool has_order = !text.empty() && std::string_view("<>=|").find(text[0]) != std::string_view::npos;
    for (const Type& type : kTypes) {
      if (!has_order || name != type.name || (text[0] == '|' && name[1] != '1')) continue;
      header_.type = type;
      header_.is_big_endian = text[0] == '>';
      return;
    }
    fail(position, "bool, integers, float16, float32 or float64, got " + refused_name(has_order ? name : text));
  }

  static std::string refused_name(const std::string& name) {
    switch (name.empty() ? ' ' : name[0]) {
      case 'O':
        return "Python objects (never unpickled, since that runs code)";
      case 'c':
        return "complex numbers";
      case 'U':
      case 'S':
      case 'a':
        return "text";
      case 'M':
      case 'm':
        return "dates or times";
      case 'V':
        return "raw bytes";
      default:
        return "another type";
    }
  }

  void parse_order() {
    peek();
    for (const bool value : {false, true}) {
      const std::string_view word = value ? "True" : "False";
      if (text_.substr(position_, word.size()) != word) continue;
      header_.is_fortran = value;
      position_ += word.size();
      return;
    }
    fail(position_, "True or False as fortran_order");
  }

  void parse_shape() {
    take('(');
    while (peek() != ')') {
      header_.shape.push_back(parse_size());
      if (header_.shape.size() > 32) fail(position_, "at most 32 dimensions, got more");
      if (peek() != ')' || header_.shape.size() == 1) take(',');
    }
    take(')');
  }

  int64_t parse_size() {
    const char first = peek();
    const size_t position = position_;
    if (first == '-') fail(position, "sizes of 0 and more, got a negative one");
    int64_t value = 0;
    size_t digits = 0;
    for (; position_ < text_.size() && text_[position_] >= '0' && text_[position_] <= '9'; ++position_, ++digits) {
      if (digits >= 18) fail(position, "a size that fits the memory");
      value = 10 * value + (text_[position_] - '0');
    }
    if (digits == 0) fail(position, "a size");
    return value;
  }

  /// The array must fit into `max_bytes` as it is stored and as it is returned.
  void check_size() {
    const auto [name, stored, returned, mask] = header_.type;
    int64_t room = max_bytes_ / static_cast<int64_t>(std::max(c10::elementSize(stored), c10::elementSize(returned)));
    for (const int64_t size : header_.shape) {
      if (size > room)
        fail(0, "an array of at most " + std::to_string(max_bytes_) + " bytes, got a shape that needs more");
      room /= std::max<int64_t>(size, 1);
      header_.count *= size;
    }
  }

  std::string_view text_;
  const std::string& path_;
  int64_t start_, max_bytes_;
  size_t position_ = 0;
  Header header_;
};

std::vector<int64_t> reversed_order(size_t dimensions) {
  std::vector<int64_t> order(dimensions);
  for (size_t i = 0; i < dimensions; ++i) order[i] = static_cast<int64_t>(dimensions - 1 - i);
  return order;
}

void reverse_elements(const Tensor& x) {
  char* bytes = static_cast<char*>(x.mutable_data_ptr());
  const int64_t size = x.element_size();
  for (int64_t i = 0; i < x.numel(); ++i) std::reverse(bytes + i * size, bytes + (i + 1) * size);
}

/// What an array in a file is, and where its numbers begin.
struct OpenedArray {
  Header header;
  int64_t start = 0;
};

/// Reads the header and checks the size of what follows.
OpenedArray open_npy_array(const std::string& path, int64_t max_bytes) {
  const std::string head = read_file_head(path, 12);
  const auto byte = [&](size_t i) { return static_cast<int>(little_endian(head, i, 1)); };
  const size_t text_start = head.size() > 6 && byte(6) > 1 ? 12 : 10;
  if (head.size() < text_start || head.compare(0, kMagic.size(), kMagic) != 0)
    throw Error(path + ": byte 0: expected the magic number of an .npy array, got another or none");
  if (byte(6) < 1 || byte(6) > 3 || byte(7) != 0)
    throw Error(path + ": byte 6: expected version 1.0, 2.0 or 3.0, got " + std::to_string(byte(6)) + "." +
                std::to_string(byte(7)));
  const int64_t text_bytes = static_cast<int64_t>(little_endian(head, 8, text_start - 8));
  const int64_t file_bytes = file_size(path);
  const int64_t start = static_cast<int64_t>(text_start) + text_bytes;
  if (text_bytes > kMaxHeaderBytes || start > file_bytes)
    throw Error(path + ": byte 8: expected a header within the file and 1 MB, got one of " +
                std::to_string(text_bytes) + " bytes");
  const std::string text = read_file_head(path, start).substr(text_start);
  const Header header = HeaderParser(text, path, text_start, max_bytes).parse();
  const int64_t expected = header.count * static_cast<int64_t>(c10::elementSize(header.type.stored));
  if (file_bytes - start != expected)
    throw Error(path + ": byte " + std::to_string(start) + ": expected " + std::to_string(expected) +
                " bytes after the header, got " + std::to_string(file_bytes - start));
  return {header, start};
}

/// Reads numbers of such a file from a place on, as they are stored.
Tensor read_stored(const std::string& path, int64_t place, at::IntArrayRef shape, const Type& type, bool reversed) {
  Tensor x = at::empty(shape, type.stored);
  std::ifstream file(path, std::ios::binary);
  file.seekg(place);
  if (x.nbytes() > 0) file.read(static_cast<char*>(x.mutable_data_ptr()), static_cast<std::streamsize>(x.nbytes()));
  if (!file) throw Error(path + ": expected a file that can be read, got an error");
  if (reversed) reverse_elements(x);
  return x;
}

/// Numbers as they are returned.
Tensor returned(const std::string& path, const Tensor& stored, const Type& type) {
  Tensor x = stored.to(type.returned).contiguous();
  if (type.mask == std::numeric_limits<int64_t>::max() && x.lt(0).any().item<bool>())
    throw Error(path + ": expected integers below 2^63, got a larger one");
  return type.mask == -1 ? x : x.bitwise_and(type.mask);
}

/// Reads the whole array.
Tensor read_whole(const std::string& path, const OpenedArray& array) {
  const auto& [header, start] = array;
  std::vector<int64_t> shape = header.shape;
  if (header.is_fortran) std::reverse(shape.begin(), shape.end());
  const Tensor x = read_stored(path, start, shape, header.type, header.is_big_endian);
  return returned(path, header.is_fortran ? x.permute(reversed_order(shape.size())) : x, header.type);
}

}  // namespace

NpyRows::NpyRows(std::string path, int64_t max_bytes) : path_(std::move(path)) {
  const auto [header, start] = open_npy_array(path_, std::numeric_limits<int64_t>::max());
  const int64_t bytes = header.count * static_cast<int64_t>(c10::elementSize(header.type.returned));
  if (header.shape.empty()) throw Error(path_ + ": expected an array of rows, got a single number");
  if (header.is_fortran && bytes > max_bytes)
    throw Error(path_ + ": expected an array in Fortran order, which is read whole, of at most " +
                std::to_string(max_bytes) + " bytes, got " + std::to_string(bytes) +
                " (numpy.ascontiguousarray makes one that is read in parts)");
  shape_ = header.shape;
  start_ = start;
  stored_ = header.type.stored;
  returned_ = header.type.returned;
  mask_ = header.type.mask;
  is_big_endian_ = header.is_big_endian;
  is_fortran_ = header.is_fortran;
}

Tensor NpyRows::read(int64_t begin, int64_t n) const {
  if (is_fortran_) return read_npy(path_, std::numeric_limits<int64_t>::max()).narrow(0, begin, n);
  std::vector<int64_t> shape = shape_;
  shape[0] = n;
  const int64_t numbers = c10::multiply_integers(shape.begin() + 1, shape.end());  // in a row
  const int64_t place = start_ + begin * numbers * static_cast<int64_t>(c10::elementSize(stored_));
  const Type type{nullptr, stored_, returned_, mask_};
  return returned(path_, read_stored(path_, place, shape, type, is_big_endian_), type);
}

bool is_npy(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return false;
  std::string head(kMagic.size(), '\0');
  std::ifstream(path, std::ios::binary).read(head.data(), static_cast<std::streamsize>(head.size()));
  return head == kMagic;
}

Tensor read_npy(const std::string& path, int64_t max_bytes) {
  return read_whole(path, open_npy_array(path, max_bytes));
}

void write_npy(const std::string& path, const Tensor& x) {
  const Tensor array = x.defined() ? x.detach().cpu().contiguous() : x;
  std::string type;
  for (const Type& known : kTypes)
    if (x.defined() && known.mask == -1 && known.stored == known.returned && known.stored == x.scalar_type())
      type = known.name;
  if (type.empty()) throw Error(path + ": expected uint8, int64, float32 or float64 to write, got another tensor");
  std::string shape;
  for (const int64_t size : array.sizes()) shape += std::to_string(size) + ", ";
  if (shape.size() > 2) shape.resize(shape.size() - (array.dim() == 1 ? 1 : 2));
  std::string header = "{'descr': '" + std::string(type == "u1" ? "|" : "<") + type +
                       "', 'fortran_order': False, 'shape': (" + shape + "), }";
  constexpr size_t kPrefix = 10, kAlignment = 64;
  const size_t end = (kPrefix + header.size() + 1 + kAlignment - 1) / kAlignment * kAlignment;
  header.resize(end - kPrefix - 1, ' ');
  header += '\n';
  const std::string prefix = std::string(kMagic) + std::string("\1\0", 2) + static_cast<char>(header.size() & 255) +
                             static_cast<char>(header.size() >> 8);
  write_file(path, {prefix, header, {static_cast<const char*>(array.const_data_ptr()), array.nbytes()}});
}

}  // namespace saddle
