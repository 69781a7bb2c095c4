// What image.cpp knows of an image format: how to recognise it, read its header and decode it.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace saddle {

/// An image as it is stored, before its orientation is applied.
struct ImageLayout {
  int64_t width = 0, height = 0;
  int64_t channels = 0;  // of colour: 1 or 3, as decoded
  int orientation = 1;   // EXIF's 1 to 8
  bool alpha = false;    // decoded as one more channel
  bool deep = false;     // numbers of 16 bits

  int64_t samples() const { return channels + (alpha ? 1 : 0); }  // numbers of one image
};

/// One format. Its functions throw Error without the path; one row of the table in image.cpp.
struct ImageCodec {
  const char* format;
  bool (*matches)(std::string_view bytes);

  /// Reads as little of the file as it can; takes no memory that grows with the image.
  ImageLayout (*read_layout)(std::string_view bytes);

  /// Decodes into layout.height x layout.width x layout.samples() bytes; of a deep image `white` becomes 255. Returns
  /// what the decoder warns of; empty: nothing.
  std::string (*decode)(std::string_view bytes, const ImageLayout& layout, int64_t white, uint8_t* pixels);

  /// Returns the largest number in the colours of a deep image; null for a format that has none.
  int64_t (*largest)(std::string_view bytes, const ImageLayout& layout);
};

extern const ImageCodec kPngCodec, kJpegCodec, kWebpCodec, kPnmCodec;

/// Decodes the most common PNG quickly. Returns false, for the full decoder to read or refuse, where the file is
/// another or damaged; the pixels are then undefined.
bool decode_plain_png(std::string_view bytes, const ImageLayout& layout, uint8_t* pixels);

/// Returns the orientation that EXIF data name, 1 (upright) where they name none or are broken.
int exif_orientation(std::string_view exif);

/// Returns the byte for a number of 16 bits where `white` is 255; more is white too.
inline uint8_t byte_of(int64_t number, int64_t white) {
  return static_cast<uint8_t>(std::min<int64_t>((number * 255 + white / 2) / white, 255));
}

}  // namespace saddle
