// Implements the preparation of images.
#include "saddle/data/prepare.h"

namespace saddle {

Tensor with_channels(const Tensor& pixels, int64_t channels) {
  if (pixels.size(2) == channels) return pixels;
  if (channels == 3) return pixels.expand({pixels.size(0), pixels.size(1), 3}).contiguous();
  const Tensor in = pixels.contiguous();
  Tensor grey = at::empty({in.size(0), in.size(1), 1}, at::kByte);
  auto* out = grey.mutable_data_ptr<uint8_t>();
  for (int64_t i = 0; i < grey.numel(); ++i) out[i] = luma(in.const_data_ptr<uint8_t>() + 3 * i);
  return grey;
}

Tensor square_image(const Tensor& pixels, int64_t size) {
  const int64_t height = pixels.size(0), width = pixels.size(1), side = std::min(height, width);
  const Tensor square = pixels.narrow(0, (height - side) / 2, side).narrow(1, (width - side) / 2, side);
  if (side == size) return square.contiguous();
  // [H, W, C] seen as [1, C, H, W] in channels_last memory takes LibTorch's fast path for bytes.
  const Tensor image = square.contiguous().permute({2, 0, 1}).unsqueeze(0);
  const Tensor resized = at::_upsample_bicubic2d_aa(image, {size, size}, /*align_corners=*/false);
  return resized.squeeze(0).permute({1, 2, 0}).contiguous();
}

double crop_loss(int64_t width, int64_t height) {
  const auto side = static_cast<double>(std::min(width, height));
  return 1 - side * side / (static_cast<double>(width) * static_cast<double>(height));
}

int64_t suitable_size(std::vector<int64_t> smaller_sides) {
  const auto median = smaller_sides.begin() + static_cast<std::ptrdiff_t>(smaller_sides.size() / 2);
  std::nth_element(smaller_sides.begin(), median, smaller_sides.end());
  const double power = std::round(std::log2(static_cast<double>(*median)));
  return int64_t{1} << static_cast<int>(std::clamp(power, 4.0, 6.0));
}

}  // namespace saddle
