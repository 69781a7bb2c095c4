// Affine resampling of images, differentiable any number of times by the images.
#pragma once
#include "saddle/base/tensor.h"

namespace saddle {

/// Reads every pixel of an image at another place, by an affine map of its own for each image.
///
///   y[i, c, r] = x[i, c, inverse_i (r, 1)],  r = (column, row) from the image's centre, in pixels
///
/// Between pixels x is bilinear; beyond the border it is reflected about the centres of the border's pixels. Places on
/// pixels are read exactly, so that flips and whole shifts move numbers unchanged. The map is linear in x, and its
/// derivative of any order is itself or its transpose; LibTorch's grid_sample has no second one.
/// Shapes: x [n, c, h, w], any float type; inverse [n, 2, 3], which gets no gradient; result as x.
/// Cost: 4 reads a number; float32 on the processor by a loop of our own, else by gather and scatter_add.
Tensor warp(const Tensor& x, const Tensor& inverse);

}  // namespace saddle
