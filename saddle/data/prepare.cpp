// Implements the preparation of images.
#include "saddle/data/prepare.h"

#include "saddle/io/image.h"

namespace saddle {
namespace {

constexpr int64_t kSmallestSize = 8;

/// Lays an image with alpha, its last channel, on a colour.
Tensor laid_on(const Tensor& pixels, const std::array<uint8_t, 3>& background) {
  const Tensor in = pixels.contiguous();
  const int64_t colours = in.size(2) - 1;
  Tensor out = at::empty({in.size(0), in.size(1), colours}, at::kByte);
  const auto* from = in.const_data_ptr<uint8_t>();
  auto* to = out.mutable_data_ptr<uint8_t>();
  const uint8_t grey = luma(background.data());
  for (int64_t i = 0; i < in.size(0) * in.size(1); ++i, from += colours + 1)
    for (int64_t c = 0; c < colours; ++c) {
      const int below = colours == 1 ? grey : background[static_cast<size_t>(c)];
      *to++ = static_cast<uint8_t>((from[c] * from[colours] + below * (255 - from[colours]) + 127) / 255);
    }
  return out;
}

/// Grey from colour, or colour from grey.
Tensor with_colours(const Tensor& pixels, int64_t colours) {
  if (pixels.size(2) == colours) return pixels;
  if (colours == 3) return pixels.expand({pixels.size(0), pixels.size(1), 3}).contiguous();
  const Tensor in = pixels.contiguous();
  Tensor grey = at::empty({in.size(0), in.size(1), 1}, at::kByte);
  auto* out = grey.mutable_data_ptr<uint8_t>();
  for (int64_t i = 0; i < grey.numel(); ++i) out[i] = luma(in.const_data_ptr<uint8_t>() + 3 * i);
  return grey;
}

Tensor with_channels(const Tensor& pixels, const ImageForm& form) {
  const bool alpha = pixels.size(2) % 2 == 0;
  if (form.channels < 4) return with_colours(alpha ? laid_on(pixels, form.background) : pixels, form.channels);
  const int64_t colours = pixels.size(2) - (alpha ? 1 : 0);
  const Tensor rgb = with_colours(pixels.narrow(2, 0, colours), 3);
  const Tensor opaque = alpha ? pixels.narrow(2, colours, 1) : at::full_like(rgb.narrow(2, 0, 1), 255);
  return premultiplied(at::cat({rgb, opaque}, 2));
}

Tensor square_image(const Tensor& pixels, int64_t size) {
  const int64_t height = pixels.size(0), width = pixels.size(1), side = std::min(height, width);
  const Tensor square = pixels.narrow(0, (height - side) / 2, side).narrow(1, (width - side) / 2, side);
  if (side == size) return square.contiguous();
  // [H, W, C] seen as [1, C, H, W] in channels_last memory takes LibTorch's fast path for bytes.
  const Tensor image = square.contiguous().permute({2, 0, 1}).unsqueeze(0);
  const Tensor resized = at::_upsample_bicubic2d_aa(image, {size, size}, /*align_corners=*/false);
  const Tensor result = resized.squeeze(0).permute({1, 2, 0}).contiguous();
  // a bicubic overshoot may leave a colour above its alpha
  if (result.size(2) == 4) result.narrow(2, 0, 3).copy_(at::min(result.narrow(2, 0, 3), result.narrow(2, 3, 1)));
  return result;
}

bool has_size(const ImageSize& size, const ImageForm& form) {
  return size.height == form.height && size.width == form.width;
}

std::string text(int64_t width, int64_t height) { return std::to_string(width) + " x " + std::to_string(height); }

}  // namespace

ImageForm choose_form(const std::vector<ImageSize>& sizes, bool colour, const DataOptions& options,
                      DataSummary& summary) {
  summary.smallest_width = summary.largest_width = sizes.front().width;
  summary.smallest_height = summary.largest_height = sizes.front().height;
  std::vector<int64_t> sides;
  for (const auto& [height, width] : sizes) {
    sides.push_back(std::min(width, height));
    summary.smallest_width = std::min(summary.smallest_width, width);
    summary.smallest_height = std::min(summary.smallest_height, height);
    summary.largest_width = std::max(summary.largest_width, width);
    summary.largest_height = std::max(summary.largest_height, height);
  }
  const auto [least, most] = std::minmax_element(sides.begin(), sides.end());
  const bool squares = options.crop == "square";
  const bool alike =
      squares ? *least == *most
              : summary.smallest_width == summary.largest_width && summary.smallest_height == summary.largest_height;
  const int64_t width = squares ? *least : summary.smallest_width, height = squares ? *least : summary.smallest_height;

  ImageForm form;
  form.background = options.background;
  form.channels = options.channels == "auto"   ? (colour ? 3 : 1)
                  : options.channels == "grey" ? 1
                  : options.channels == "rgb"  ? 3
                                               : 4;
  if (options.image_size == 0 && alike && std::min(width, height) >= kSmallestSize &&
      std::max(width, height) <= options.largest_size) {
    form.width = width;
    form.height = height;
    return form;
  }
  form.width = form.height = options.image_size > 0 ? options.image_size : suitable_size(sides);
  const auto small = std::count_if(sides.begin(), sides.end(), [&](int64_t side) { return side < form.width; });
  if (options.image_size == 0) {
    const std::string found =
        !alike ? "images of several sizes are"
        : std::min(width, height) < kSmallestSize
            ? "images of less than 8 pixels a side are"
            : "images of more than " + std::to_string(options.largest_size) + " pixels a side are";
    summary.remarks.push_back(found +
                              (squares || (alike && width == height) ? "" : " cut to their central squares and") +
                              " resized to " + text(form.width, form.height) + " (--image-size N for another size)");
  }
  if (small > 0)
    summary.remarks.push_back((small == static_cast<int64_t>(sides.size()) ? "all images"
                               : small == 1                                ? "1 image"
                                                                           : std::to_string(small) + " images") +
                              std::string(" enlarged: smaller than ") + std::to_string(form.width) + " pixels");
  return form;
}

Tensor prepare_image(const Tensor& pixels, const ImageForm& form) {
  const Tensor image = with_channels(pixels, form);
  return has_size({pixels.size(0), pixels.size(1)}, form) ? image.contiguous() : square_image(image, form.height);
}

uint64_t form_key(const ImageForm& form) {
  const int64_t other_width = form.width == form.height ? 0 : form.width << 20;
  return static_cast<uint64_t>(4 * form.height + form.channels + other_width);
}

std::string colour_name(const std::array<uint8_t, 3>& colour) {
  char name[16];
  std::snprintf(name, sizeof name, "#%02x%02x%02x", colour[0], colour[1], colour[2]);
  const std::string text = name;
  return text == "#ffffff" ? "white" : text == "#000000" ? "black" : text;
}

double crop_loss(const ImageSize& size, const ImageForm& form) {
  if (has_size(size, form)) return 0;
  const auto side = static_cast<double>(std::min(size.width, size.height));
  return 1 - side * side / (static_cast<double>(size.width) * static_cast<double>(size.height));
}

int64_t suitable_size(std::vector<int64_t> smaller_sides) {
  const auto median = smaller_sides.begin() + static_cast<std::ptrdiff_t>(smaller_sides.size() / 2);
  std::nth_element(smaller_sides.begin(), median, smaller_sides.end());
  const double power = std::round(std::log2(static_cast<double>(*median)));
  return int64_t{1} << static_cast<int>(std::clamp(power, 4.0, 6.0));
}

std::string channels_name(int64_t channels) { return channels == 1 ? "grey" : channels == 3 ? "rgb" : "rgba"; }

}  // namespace saddle
