// What image.cpp knows of an image format: how to recognise it, read its header and decode it.
#pragma once
#include <cstdint>
#include <string_view>

namespace saddle {

/// An image as it is stored, before its orientation is applied.
struct ImageLayout {
  int64_t width = 0, height = 0;
  int64_t channels = 0;  // 1 or 3, as decoded
  int orientation = 1;   // EXIF's 1 to 8
};

/// One format. Its functions throw Error without the path; one row of the table in image.cpp.
struct ImageCodec {
  const char* format;
  bool (*matches)(std::string_view bytes);

  /// Reads as little of the file as it can; takes no memory that grows with the image.
  ImageLayout (*read_layout)(std::string_view bytes);

  /// Decodes into layout.height x layout.width x layout.channels bytes.
  void (*decode)(std::string_view bytes, const ImageLayout& layout, uint8_t* pixels);
};

extern const ImageCodec kPngCodec, kJpegCodec, kWebpCodec, kPnmCodec;

/// Decodes the most common PNG quickly. Returns false, for the full decoder to read or refuse, where the file is
/// another or damaged; the pixels are then undefined.
bool decode_plain_png(std::string_view bytes, const ImageLayout& layout, uint8_t* pixels);

/// Returns the orientation that EXIF data name, 1 (upright) where they name none or are broken.
int exif_orientation(std::string_view exif);

/// Blends RGBA pixels on white, and keeps the first `channels` of the colours.
void blend_on_white(const uint8_t* rgba, int64_t count, int64_t channels, uint8_t* pixels);

}  // namespace saddle
