// Convolution by 3x3 kernels and its weight gradient, by Winograd's minimal filtering.
#pragma once
#include <cstdint>

namespace saddle::winograd3x3 {

/// The sizes of one convolution: x [n, h, w, ci] and y [n, h, w, co] (channels last).
///
/// Two outputs of a three-tap filter cost four products instead of six, in two directions 16 instead of 36:
///
///   m0 = (d0 - d2) g0,  m1 = (d1 + d2) (g0 + g1 + g2) / 2,  m2 = (d2 - d1) (g0 - g1 + g2) / 2,  m3 = (d1 - d3) g2;
///   y0 = m0 + m1 + m2,  y1 = m1 - m2 - m3
///
/// For each of the 16 the sum over channels is one matrix product.
/// Source: Winograd 1980, Arithmetic Complexity of Computations; Lavin and Gray 2016, Fast Algorithms for Convolutional
/// Neural Networks, section 4.1.
struct Sizes {
  int64_t n, h, w, ci, co;
};

/// Whether the sizes fit the kernels (ci and co multiples of 16) and the processor has their instructions.
bool fits(const Sizes& sizes);

/// y = convolution of x, padded by zeros; weight [3, 3, ci, co].
void convolve(const Sizes& sizes, const float* x, const float* weight, float* y);

/// weight [co, 3, 3, ci] = gradient of sum(convolve(x) * y) by the weight.
void weight_gradient(const Sizes& sizes, const float* x, const float* y, float* weight);

}  // namespace saddle::winograd3x3
