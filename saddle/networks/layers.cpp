// Implements the layers.
#include "saddle/networks/layers.h"

namespace saddle {

Tensor Linear::operator()(const Tensor& x) const { return at::linear(x, weight, bias); }

Tensor Conv2d::operator()(const Tensor& x) const { return at::conv2d(x, weight, {}, stride, padding); }

Tensor ConvTranspose2d::operator()(const Tensor& x) const {
  return at::conv_transpose2d(x, weight, {}, stride, padding);
}

Tensor BatchNorm::operator()(const Tensor& x, bool training) const {
  return at::batch_norm(x, weight, bias, running_mean, running_var, training, 0.1, 1e-5, true);
}

}  // namespace saddle
