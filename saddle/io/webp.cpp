// Implements WebP with libwebp.
#include <webp/decode.h>

#include "saddle/base/error.h"
#include "saddle/io/bytes.h"
#include "saddle/io/image_codec.h"

namespace saddle {
namespace {

constexpr size_t kRiffBytes = 12;  // "RIFF", the size of what follows, "WEBP"

bool is_webp(std::string_view bytes) {
  return bytes.size() >= kRiffBytes && bytes.substr(0, 4) == "RIFF" && bytes.substr(8, 4) == "WEBP";
}

const uint8_t* data(std::string_view bytes) { return reinterpret_cast<const uint8_t*>(bytes.data()); }

[[noreturn]] void refuse(VP8StatusCode status) {
  if (status == VP8_STATUS_OUT_OF_MEMORY) throw std::bad_alloc();
  throw Error(status == VP8_STATUS_NOT_ENOUGH_DATA || status == VP8_STATUS_SUSPENDED
                  ? "expected a whole WebP, got one that is cut"
                  : "expected a whole WebP, got a damaged one");
}

/// The orientation of a file's EXIF chunk, which follows the pixels.
int read_orientation(std::string_view bytes) {
  constexpr uint32_t kHasExif = 8;
  const auto chunk_name = [&](size_t position) { return bytes.substr(position, 4); };
  if (chunk_name(kRiffBytes) != "VP8X" || !(little_endian(bytes, kRiffBytes + 8, 1) & kHasExif)) return 1;
  for (size_t position = kRiffBytes; position + 8 <= bytes.size();) {
    const size_t length = little_endian(bytes, position + 4, 4);
    if (chunk_name(position) == "EXIF") return exif_orientation(bytes.substr(position + 8, length));
    position += 8 + length + length % 2;
  }
  return 1;
}

ImageLayout read_webp_layout(std::string_view bytes) {
  WebPBitstreamFeatures features;
  const VP8StatusCode status = WebPGetFeatures(data(bytes), bytes.size(), &features);
  if (status != VP8_STATUS_OK) refuse(status);
  if (features.has_animation) throw Error("expected a still image, got an animated WebP (convert a frame to PNG)");
  if (little_endian(bytes, 4, 4) + 8ull > bytes.size()) refuse(VP8_STATUS_NOT_ENOUGH_DATA);
  return {features.width, features.height, 3, read_orientation(bytes), features.has_alpha != 0};
}

std::string decode_webp(std::string_view bytes, const ImageLayout& layout, int64_t, uint8_t* pixels) {
  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config)) throw Error("expected another libwebp: the one found does not fit its header");
  VP8StatusCode status = WebPGetFeatures(data(bytes), bytes.size(), &config.input);
  if (status != VP8_STATUS_OK) refuse(status);
  config.output.colorspace = layout.alpha ? MODE_RGBA : MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = pixels;
  config.output.u.RGBA.stride = static_cast<int>(layout.samples() * layout.width);
  config.output.u.RGBA.size = layout.samples() * layout.width * layout.height;
  status = WebPDecode(data(bytes), bytes.size(), &config);
  if (status != VP8_STATUS_OK) refuse(status);
  return "";
}

}  // namespace

const ImageCodec kWebpCodec = {"WebP", is_webp, read_webp_layout, decode_webp, nullptr};

}  // namespace saddle
