// Decodes and encodes images: files to uint8 tensors and back.
#pragma once
#include <cstdint>
#include <string>

#include "saddle/base/tensor.h"

namespace saddle {

/// What an image file says of itself before its pixels are decoded.
struct ImageHeader {
  std::string format;             // "PNG", "JPEG", "WebP", "PNM": by content, never by the extension
  int64_t width = 0, height = 0;  // after the EXIF orientation
  int64_t channels = 0;           // 1 or 3, as `decode_image` will return
};

/// Whether the file name ends like an image file, read or refused by name: png jpg jpeg webp pgm ppm pnm pbm
/// bmp tif tiff gif heic avif.
bool has_image_extension(const std::string& path);

/// Reads an image's header. Throws: as `decode_image`.
ImageHeader read_image_header(const std::string& path, int64_t max_pixels);

/// Decodes one image file; the format is found by content.
///
/// PNG (grey, RGB, palette, alpha blended on white, 16 bits cut to 8, interlaced), JPEG (grey, RGB, YCbCr),
/// WebP, PGM and PPM. The EXIF orientation is applied (of a PNG where it precedes the pixels). Refused by
/// name: CMYK JPEG, animated WebP, BMP, TIFF, GIF, HEIC, AVIF and others; and what is no image.
///
/// Result: uint8 [H, W, C], C 1 or 3; a palette has 3.
/// Throws: Error naming the path where the file is missing, truncated, damaged or refused, and, before memory
/// is taken for the pixels, where it claims more than `max_pixels`.
Tensor decode_image(const std::string& path, int64_t max_pixels);

/// Encodes uint8 [H, W, C] (C 1 or 3) as a PNG, in memory.
std::string encode_png(const Tensor& pixels);

/// Rounds images in [-1, 1] to the levels of a byte, as all files of images are: else rounding alone would tell
/// generated ones from data.
Tensor to_byte_levels(const Tensor& images);

}  // namespace saddle
