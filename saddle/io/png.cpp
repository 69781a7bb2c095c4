// Implements PNG with libspng.
#include <spng.h>

#include "saddle/base/error.h"
#include "saddle/io/image.h"

namespace saddle {
namespace {

using Context = std::unique_ptr<spng_ctx, decltype(&spng_ctx_free)>;

void check(int status, const char* expected) {
  if (status != 0) throw Error(std::string(expected) + ", got: " + spng_strerror(status));
}

}  // namespace

std::string encode_png(const Tensor& pixels) {
  if (!pixels.defined() || pixels.scalar_type() != at::kByte || pixels.dim() != 3 || pixels.numel() == 0 ||
      (pixels.size(2) != 1 && pixels.size(2) != 3))
    throw Error("PNG: expected uint8 pixels [H, W, 1 or 3], got another tensor");
  const Tensor x = pixels.cpu().contiguous();
  const auto expected = "PNG: expected an image that can be encoded";
  const Context context(spng_ctx_new(SPNG_CTX_ENCODER), &spng_ctx_free);
  spng_ihdr header{};
  header.width = static_cast<uint32_t>(x.size(1));
  header.height = static_cast<uint32_t>(x.size(0));
  header.bit_depth = 8;
  header.color_type = x.size(2) == 1 ? SPNG_COLOR_TYPE_GRAYSCALE : SPNG_COLOR_TYPE_TRUECOLOR;
  check(spng_set_option(context.get(), SPNG_ENCODE_TO_BUFFER, 1), expected);
  check(spng_set_option(context.get(), SPNG_IMG_COMPRESSION_LEVEL, 4), expected);
  check(spng_set_ihdr(context.get(), &header), expected);
  check(spng_encode_image(context.get(), x.const_data_ptr(), x.nbytes(), SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE),
        expected);
  size_t size = 0;
  int status = 0;
  const std::unique_ptr<void, decltype(&free)> bytes(spng_get_png_buffer(context.get(), &size, &status),
                                                     &free);
  check(status, expected);
  return std::string(static_cast<const char*>(bytes.get()), size);
}

}  // namespace saddle
