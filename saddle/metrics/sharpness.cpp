// Implements the sharpness of images.
#include "saddle/metrics/sharpness.h"

#include "saddle/base/error.h"

namespace saddle {
namespace {

/// The mean product of neighbouring second differences along the rows, for each image [n].
Tensor along_rows(const Tensor& x) {
  const int64_t width = x.size(3), height = x.size(2);
  const Tensor bend = x.slice(3, 0, width - 2) - 2 * x.slice(3, 1, width - 1) + x.slice(3, 2);
  return (bend.slice(2, 0, height - 1) * bend.slice(2, 1)).mean({1, 2, 3});
}

double root(double square) { return std::sqrt(std::max(square, 0.0)); }

}  // namespace

Sharpness sharpness(const Tensor& x) {
  if (x.dim() != 4 || x.size(0) < 2 || x.size(2) < 3 || x.size(3) < 3)
    throw Error("sharpness: expected at least 2 images [n, C, H, W] of at least 3 x 3 pixels, got other samples");
  const Tensor pixels = x.to(at::kDouble);
  const Tensor each = (along_rows(pixels) + along_rows(pixels.transpose(2, 3))) / 2;
  const double mean = each.mean().item<double>();
  const double margin = 1.96 * each.std().item<double>() / std::sqrt(static_cast<double>(x.size(0)));
  return {root(mean), root(mean - margin), root(mean + margin)};
}

}  // namespace saddle
