// Prepares decoded images: channels, central square, size.
#pragma once
#include <cstdint>
#include <vector>

#include "saddle/base/luma.h"
#include "saddle/base/tensor.h"

namespace saddle {

/// Returns the image with 1 or 3 channels: grey from colour by `luma`, colour from grey by copying.
///
/// Shapes: pixels uint8 [H, W, 1 or 3], result uint8 [H, W, channels].
Tensor with_channels(const Tensor& pixels, int64_t channels);

/// Cuts the central square out of an image and resizes it with antialiasing (bicubic, as Pillow does).
///
/// Shapes: pixels uint8 [H, W, C], result uint8 [size, size, C], contiguous; unchanged pixels where no
/// resizing is needed. An odd surplus is cut one pixel more at the right or the bottom.
Tensor square_image(const Tensor& pixels, int64_t size);

/// Returns the share of an image's pixels that its central square leaves out.
double crop_loss(int64_t width, int64_t height);

/// Returns the size that suits images with these smaller sides: the power of two nearest to their median, on
/// a logarithmic scale, from 16 to 64.
int64_t suitable_size(std::vector<int64_t> smaller_sides);

}  // namespace saddle
