// The layers that networks are built of: small structs over the tensors they compute with.
#pragma once
#include <cstdint>

#include "saddle/base/tensor.h"

namespace saddle {

/// y = x W^T + b.
///
/// Shapes: weight [out, in], bias [out]; x [n, in], result [n, out].
struct Linear {
  Tensor weight, bias;

  Tensor operator()(const Tensor& x) const;
};

/// Convolution by 4x4 kernels without bias: stride 2 and padding 1 halve a picture, stride 1 and padding 0
/// take 4x4 to 1x1.
///
/// Shapes: weight [out, in, 4, 4]; x [n, in, h, w], result [n, out, h/2, w/2] or [n, out, h-3, w-3].
struct Conv2d {
  Tensor weight;
  int64_t stride = 2, padding = 1;

  Tensor operator()(const Tensor& x) const;
};

/// The transpose of `Conv2d`: stride 2 doubles a picture, stride 1 takes 1x1 to 4x4.
///
/// Shapes: weight [in, out, 4, 4]; x [n, in, h, w], result [n, out, 2h, 2w] or [n, out, h+3, w+3].
struct ConvTranspose2d {
  Tensor weight;
  int64_t stride = 2, padding = 1;

  Tensor operator()(const Tensor& x) const;
};

/// Batch normalisation of each channel, with epsilon 1e-5.
///
///   y = weight (x - mean) / sqrt(variance + epsilon) + bias
///
/// In training the moments are the batch's (the variance is the biased one), and the running moments move a
/// tenth of the way towards them (with the unbiased variance); else they are the running ones. Shapes: all
/// four [c]; x [n, c, h, w]. Source: Ioffe and Szegedy 2015, Batch Normalization, Algorithms 1 and 2.
struct BatchNorm {
  Tensor weight, bias, running_mean, running_var;

  Tensor operator()(const Tensor& x, bool training) const;
};

}  // namespace saddle
