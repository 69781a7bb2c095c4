// Pairs of known distributions for the tests of critics.
#pragma once

#include "saddle/base/rng.h"

namespace saddle::testing {

/// n draws from N(0, I) in d dimensions, the first coordinate shifted.
inline Tensor shifted_normal(int64_t n, int64_t d, double shift, Rng& rng) {
  Tensor x = randn({n, d}, rng, at::kCPU, at::kDouble);
  x.select(1, 0) += shift;
  return x;
}

/// n draws from a ring of `modes` narrow Gaussians, of which the first `dropped` are left out.
inline Tensor ring(int64_t n, int64_t modes, int64_t dropped, Rng& rng) {
  const Tensor angle =
      at::randint(dropped, modes, {n}, rng, at::kDouble) * (6.283185307179586 / static_cast<double>(modes));
  return at::stack({angle.cos(), angle.sin()}, 1) + 0.01 * randn({n, 2}, rng, at::kCPU, at::kDouble);
}

constexpr double kShift1Js = 0.1114214821847;  // JSD(N(0, 1), N(1, 1))
constexpr double kRingJs = 0.0454065780818;    // JSD of a ring of 8 modes and the same without one

}  // namespace saddle::testing
