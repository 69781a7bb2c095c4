// Implements PGM and PPM, as text (P2, P3) and as bytes (P5, P6).
#include "saddle/base/error.h"
#include "saddle/io/bytes.h"
#include "saddle/io/image.h"
#include "saddle/io/image_codec.h"

namespace saddle {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool is_pnm(std::string_view bytes) {
  return bytes.size() > 2 && bytes[0] == 'P' && std::string_view("2356").find(bytes[1]) != std::string_view::npos &&
         (is_space(bytes[2]) || bytes[2] == '#');
}

/// Reads the numbers of a header, and of the pixels where these are text.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes), position_(2) {}

  /// Skips white space and comments, and returns the number that follows, at most `most`.
  int64_t number(const char* what, int64_t most) {
    while (position_ < bytes_.size() && (is_space(bytes_[position_]) || bytes_[position_] == '#')) {
      if (bytes_[position_] == '#') position_ = std::min(bytes_.find('\n', position_), bytes_.size() - 1);
      ++position_;
    }
    const size_t start = position_;
    int64_t value = 0;
    for (; position_ < bytes_.size() && bytes_[position_] >= '0' && bytes_[position_] <= '9'; ++position_) {
      value = 10 * value + (bytes_[position_] - '0');
      if (value > most) refuse(start, what, most);
    }
    if (position_ == start) refuse(start, what, most);
    return value;
  }

  /// The bytes after the one white space that ends the header.
  std::string_view body() {
    if (position_ >= bytes_.size() || !is_space(bytes_[position_]))
      throw Error("byte " + std::to_string(position_) + ": expected white space after the header");
    return bytes_.substr(position_ + 1);
  }

 private:
  [[noreturn]] static void refuse(size_t position, const char* what, int64_t most) {
    throw Error("byte " + std::to_string(position) + ": expected " + what + " of at most " + std::to_string(most));
  }

  std::string_view bytes_;
  size_t position_;
};

struct PnmHeader {
  ImageLayout layout;
  int64_t maximum;
};

PnmHeader read_pnm_header(Reader& reader, char kind) {
  PnmHeader header;
  header.layout.width = reader.number("a width", std::numeric_limits<int32_t>::max());
  header.layout.height = reader.number("a height", std::numeric_limits<int32_t>::max());
  header.layout.channels = kind == '2' || kind == '5' ? 1 : 3;
  header.maximum = reader.number("a maximum", 65535);
  if (header.maximum == 0) throw Error("expected a maximum above 0, got 0");
  header.layout.deep = header.maximum == kWhite16;  // a smaller maximum says itself what is white
  return header;
}

ImageLayout read_pnm_layout(std::string_view bytes) {
  Reader reader(bytes);
  return read_pnm_header(reader, bytes[1]).layout;
}

/// Calls `work(i, value)` for every number of the image.
template <class Work>
void for_samples(std::string_view bytes, const ImageLayout& layout, int64_t maximum, Reader& reader, const Work& work) {
  const int64_t count = layout.width * layout.height * layout.channels;
  if (bytes[1] == '2' || bytes[1] == '3') {
    for (int64_t i = 0; i < count; ++i) work(i, reader.number("a sample", maximum));
    return;
  }
  const std::string_view body = reader.body();
  const int64_t size = maximum < 256 ? 1 : 2;
  if (static_cast<int64_t>(body.size()) / size < count)
    throw Error("expected " + std::to_string(count * size) + " bytes of pixels, got " + std::to_string(body.size()));
  for (int64_t i = 0; i < count; ++i) {
    const int64_t value = size == 1 ? static_cast<uint8_t>(body[i]) : static_cast<int64_t>(big_endian(body, i * 2, 2));
    if (value > maximum)
      throw Error("expected samples of at most " + std::to_string(maximum) + ", got " + std::to_string(value));
    work(i, value);
  }
}

std::string decode_pnm(std::string_view bytes, const ImageLayout& layout, int64_t white, uint8_t* pixels) {
  Reader reader(bytes);
  const int64_t maximum = read_pnm_header(reader, bytes[1]).maximum;
  const int64_t top = layout.deep ? white : maximum;
  for_samples(bytes, layout, maximum, reader, [&](int64_t i, int64_t value) { pixels[i] = byte_of(value, top); });
  return "";
}

int64_t largest_of_pnm(std::string_view bytes, const ImageLayout& layout) {
  Reader reader(bytes);
  const int64_t maximum = read_pnm_header(reader, bytes[1]).maximum;
  int64_t most = 0;
  for_samples(bytes, layout, maximum, reader, [&](int64_t, int64_t value) { most = std::max(most, value); });
  return most;
}

}  // namespace

const ImageCodec kPnmCodec = {"PNM", is_pnm, read_pnm_layout, decode_pnm, largest_of_pnm};

}  // namespace saddle
