// Implements the PNG that most files are, 8-bit grey or RGB and not interlaced, in half of libspng's time.
#include <libdeflate.h>

#include <cstring>

#include "saddle/io/bytes.h"
#include "saddle/io/image_codec.h"

namespace saddle {
namespace {

/// Finds the compressed pixels; false where the file is not plain, or not whole and right in every checksum.
bool find_pixels(std::string_view bytes, const ImageLayout& layout, std::string& joined, std::string_view& pixels) {
  const uint32_t colour_type = layout.channels == 3 ? 2 : 0;
  size_t position = 8, parts = 0;
  while (position + 12 <= bytes.size()) {
    const size_t length = big_endian(bytes, position, 4);
    const std::string_view type = bytes.substr(position + 4, 4);
    if (length > bytes.size() - position - 12) return false;
    const uint32_t sum = libdeflate_crc32(0, bytes.data() + position + 4, length + 4);
    if (sum != big_endian(bytes, position + 8 + length, 4)) return false;
    const std::string_view chunk = bytes.substr(position + 8, length);
    if (position == 8) {
      // after the size: 8 bits, the colour type, and no other compression, filter method or interlacing
      const char expected[] = {8, static_cast<char>(colour_type), 0, 0, 0};
      if (type != "IHDR" || length != 13 || chunk.substr(8) != std::string_view(expected, 5)) return false;
    } else if (type == "IDAT") {
      if (parts == 1) joined = pixels;
      if (parts > 0) joined += chunk;
      pixels = parts++ == 0 ? chunk : std::string_view(joined);
    } else if (type == "IEND") {
      return parts > 0;
    } else if (type == "tRNS" || (type[0] & 0x20) == 0) {  // transparency, or a chunk that must be understood
      return false;
    }
    position += 12 + length;
  }
  return false;
}

/// Paeth's predictor without branches: of left, above and corner the one nearest to left + above - corner.
int nearest(int left, int above, int corner) {
  const int threshold = 3 * corner - (left + above);
  const int low = std::min(left, above), high = std::max(left, above);
  const int otherwise = high <= threshold ? low : corner;
  return threshold <= low ? high : otherwise;
}

/// Undoes one row's filter; the neighbours stay in registers, since each pixel waits for the one on its left.
template <int kChannels, class Predict>
void undo(const uint8_t* __restrict in, const uint8_t* __restrict above, int64_t size, uint8_t* __restrict out,
          Predict predict) {
  int left[kChannels] = {}, corner[kChannels] = {};
  for (int64_t i = 0; i < size; i += kChannels) {
    for (int c = 0; c < kChannels; ++c) {
      const int value = (in[i + c] + predict(left[c], above[i + c], corner[c])) & 255;
      corner[c] = above[i + c];
      left[c] = value;
      out[i + c] = static_cast<uint8_t>(value);
    }
  }
}

template <int kChannels>
bool undo_filter(int filter, const uint8_t* in, const uint8_t* above, int64_t size, uint8_t* out) {
  switch (filter) {
    case 0:
      std::memcpy(out, in, size);
      return true;
    case 1:
      undo<kChannels>(in, above, size, out, [](int left, int, int) { return left; });
      return true;
    case 2:
      for (int64_t i = 0; i < size; ++i) out[i] = static_cast<uint8_t>(in[i] + above[i]);
      return true;
    case 3:
      undo<kChannels>(in, above, size, out, [](int left, int up, int) { return (left + up) / 2; });
      return true;
    case 4:
      undo<kChannels>(in, above, size, out, nearest);
      return true;
    default:
      return false;
  }
}

}  // namespace

bool decode_plain_png(std::string_view bytes, const ImageLayout& layout, uint8_t* pixels) {
  std::string joined;
  std::string_view packed;
  if (!find_pixels(bytes, layout, joined, packed)) return false;
  const int64_t row_bytes = layout.width * layout.channels;
  const size_t size = static_cast<size_t>((row_bytes + 1) * layout.height);
  const auto filtered = std::make_unique_for_overwrite<uint8_t[]>(size);
  const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> inflater(
      libdeflate_alloc_decompressor(), &libdeflate_free_decompressor);
  if (libdeflate_zlib_decompress(inflater.get(), packed.data(), packed.size(), filtered.get(), size, nullptr) !=
      LIBDEFLATE_SUCCESS)
    return false;
  const std::vector<uint8_t> zeros(static_cast<size_t>(row_bytes));
  const uint8_t* above = zeros.data();
  const uint8_t* in = filtered.get();
  const auto undo_row = layout.channels == 3 ? undo_filter<3> : undo_filter<1>;
  for (int64_t row = 0; row < layout.height; ++row, in += row_bytes + 1, above = pixels, pixels += row_bytes)
    if (!undo_row(in[0], in + 1, above, row_bytes, pixels)) return false;
  return true;
}

}  // namespace saddle
