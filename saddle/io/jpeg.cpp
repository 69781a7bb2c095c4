// Implements JPEG with libjpeg-turbo.
#include <turbojpeg.h>

#include "saddle/base/error.h"
#include "saddle/io/bytes.h"
#include "saddle/io/image_codec.h"

namespace saddle {
namespace {

bool matches(std::string_view bytes) { return bytes.substr(0, 3) == "\xff\xd8\xff"; }

bool is_frame_header(uint64_t marker) {
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

/// Reads the size and channels of a frame header.
void read_frame_header(std::string_view segment, ImageLayout& layout) {
  if (segment.size() < 6) throw Error("expected a whole JPEG frame header, got a short one");
  layout.height = big_endian(segment, 1, 2);
  layout.width = big_endian(segment, 3, 2);
  layout.channels = big_endian(segment, 5, 1);
  if (layout.channels == 4) throw Error("expected grey or colour, got a CMYK JPEG (convert it to RGB)");
  if (layout.channels != 1 && layout.channels != 3)
    throw Error("expected 1 or 3 channels, got a JPEG of " + std::to_string(layout.channels));
}

constexpr uint32_t kEndOfImage = 0xd9, kStartOfScan = 0xda, kFill = 0xff;

/// Walks over the segments before the pixels, to the first scan: the frame header has the size, APP1 the orientation.
ImageLayout read_layout(std::string_view bytes, size_t& scan) {
  constexpr uint32_t kApp1 = 0xe1;
  ImageLayout layout;
  for (size_t position = 2; position + 4 <= bytes.size();) {
    const uint64_t marker = big_endian(bytes, position + 1, 1);
    if (bytes[position] != '\xff') break;
    scan = position;
    if (marker == kStartOfScan && layout.channels != 0) return layout;
    if (marker == kFill) {
      ++position;
      continue;
    }
    const size_t length = big_endian(bytes, position + 2, 2);
    if (marker == kStartOfScan || length < 2 || length > bytes.size() - position - 2) break;
    const std::string_view segment = bytes.substr(position + 4, length - 2);
    if (marker == kApp1 && segment.substr(0, 4) == "Exif") layout.orientation = exif_orientation(segment);
    if (is_frame_header(marker)) read_frame_header(segment, layout);
    position += 2 + length;
  }
  throw Error("expected a whole JPEG, got one that ends or breaks in its header");
}

ImageLayout read_layout(std::string_view bytes) {
  size_t scan = 0;
  return read_layout(bytes, scan);
}

/// Whether the scans go on to an end marker. libjpeg fills what is missing with grey, and only warns of it.
bool has_end(std::string_view bytes) {
  size_t position = 0;
  read_layout(bytes, position);
  while (position + 2 <= bytes.size()) {
    const uint64_t marker = big_endian(bytes, position + 1, 1);
    if (bytes[position] != '\xff' || marker == kFill || marker < 0xc0 || (marker >= 0xd0 && marker <= 0xd7)) {
      ++position;  // pixels, which hold no other marker than those of restarts
      continue;
    }
    if (marker == kEndOfImage) return true;
    if (position + 4 > bytes.size()) return false;
    position += 2 + big_endian(bytes, position + 2, 2);
  }
  return false;
}

std::string decode(std::string_view bytes, const ImageLayout& layout, int64_t, uint8_t* pixels) {
  if (!has_end(bytes)) throw Error("expected a whole JPEG, got one without its end (the file is cut or damaged)");
  const std::unique_ptr<void, decltype(&tjDestroy)> decoder(tjInitDecompress(), &tjDestroy);
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  std::string warning;
  const auto check = [&](int status) {
    if (status == 0) return;
    warning = tjGetErrorStr2(decoder.get());
    if (warning.find("memory") != std::string::npos) throw std::bad_alloc();  // libjpeg has no code for it
    if (tjGetErrorCode(decoder.get()) != TJERR_WARNING)
      throw Error("expected a whole JPEG, got: " + warning + " (the file is cut or damaged)");
  };
  int width = 0, height = 0, subsampling = 0, colours = 0;
  check(tjDecompressHeader3(decoder.get(), data, bytes.size(), &width, &height, &subsampling, &colours));
  if (width != layout.width || height != layout.height) throw Error("expected one size in a JPEG, got two");
  const int format = layout.channels == 1 ? TJPF_GRAY : TJPF_RGB;
  check(tjDecompress2(decoder.get(), data, bytes.size(), pixels, width, 0, height, format, TJFLAG_LIMITSCANS));
  return warning;
}

}  // namespace

const ImageCodec kJpegCodec = {"JPEG", matches, read_layout, decode, nullptr};

}  // namespace saddle
