// Decodes and encodes images: files to uint8 tensors and back.
#pragma once
#include <cstdint>
#include <exception>
#include <string>

#include "saddle/base/tensor.h"

namespace saddle {

/// What an image file says of itself before its pixels are decoded.
struct ImageHeader {
  std::string format;             // "PNG", "JPEG", "WebP", "PNM": by content, never by the extension
  int64_t width = 0, height = 0;  // after the EXIF orientation
  int64_t channels = 0;           // of colour: 1 or 3
  bool alpha = false;             // one more channel: how far each pixel is opaque
  bool deep = false;              // numbers of 16 bits, which a smaller one may be white of
};

/// Whether the file name ends like an image file, read or refused by name: png, jpg and its kin (jpeg jpe jif jfif
/// jfi pjpeg pjp), webp pgm ppm pnm pbm bmp tif tiff gif heic avif.
bool has_image_extension(const std::string& path);

/// Whether a file begins like a PNG, a JPEG or a WebP, whatever its name; false where it cannot be read.
bool begins_like_image(const std::string& path);

/// The number that is white in 16-bit images that use their whole range.
constexpr int64_t kWhite16 = 65535;

/// Reads an image's header. Throws: as `decode_image`.
ImageHeader read_image_header(const std::string& path, int64_t max_pixels);

/// Decodes one image file; the format is found by content.
///
/// PNG (grey, RGB, palette, alpha, interlaced; of 16 bits `white` becomes 255), JPEG (grey, RGB, YCbCr), WebP, PGM and
/// PPM. The EXIF orientation is applied (of a PNG where it precedes the pixels). Refused by name: CMYK JPEG, animated
/// WebP, BMP, TIFF, GIF, HEIC, AVIF and others; and what is no image. A whole JPEG that libjpeg warns of is read as
/// libjpeg makes of it; `remark`, where it is not null, gets the warning.
///
/// Result: uint8 [H, W, C], C = 1 or 3, and one more where the header has `alpha`: grey or RGB, not premultiplied.
/// Throws: Error naming the path where the file is missing, truncated, damaged or refused, where there is no memory for
/// it, and, before memory is taken for the pixels, where it claims more than `max_pixels`.
Tensor decode_image(const std::string& path, int64_t max_pixels, int64_t white = kWhite16,
                    std::string* remark = nullptr);

/// Returns the largest number in the colours of an image whose header says `deep`. Throws: as `decode_image`.
int64_t largest_number(const std::string& path, int64_t max_pixels);

/// Encodes uint8 [H, W, C] (C 1, 3 or, not premultiplied, 4) as a PNG, in memory.
std::string encode_png(const Tensor& pixels);

/// Whether an exception, of the C++ library or LibTorch, says that memory is short.
bool is_lack_of_memory(const std::exception& error);

/// Multiplies the colours of uint8 [..., 4] by their alpha, so that what cannot be seen does not count; rounded.
Tensor premultiplied(const Tensor& rgba);

/// Rounds images in [-1, 1] to bytes as files have them: four channels are premultiplied colours and alpha, and become
/// plain ones. Shapes: float [n, C, H, W], result uint8 [n, H, W, C].
Tensor image_bytes(const Tensor& images);

/// Rounds images in [-1, 1] to what a file of them would keep, as `image_bytes` does: else rounding alone would tell
/// generated ones from data.
Tensor to_byte_levels(const Tensor& images);

}  // namespace saddle
