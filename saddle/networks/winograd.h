// Convolution by 4x4 kernels with stride 2, its transpose and its weight gradient, by Winograd's minimal filtering.
#pragma once
#include <cstdint>

namespace saddle::winograd {

/// The sizes of one convolution: x [n, 2h, 2w, ci] is the large side, y [n, h, w, co] the small one (channels last),
/// weight [co, 4, 4, ci].
///
///   y[i, j] = sum over u, v in 0..3 of x[2i - 1 + u, 2j - 1 + v] weight[u, v]
///
/// In each direction the even and the odd taps are two filters of two taps, (g0, g1) = (w[p], w[2 + p]) on
/// d_k = x[2k - 1 + p], and two outputs of a two-tap filter cost three products instead of four:
///
///   m0 = (d0 - d1) g0,  m1 = d1 (g0 + g1),  m2 = (d1 - d2) g1;   y0 = m0 + m1,  y1 = m1 - m2
///
/// In two directions that is 9 products instead of 16; for each of the 9 the sum over channels and phases is one matrix
/// product. The other two maps are the same sums read backwards. All factors are 1 or -1, so that rounding errors are
/// about twice those of the direct sum.
/// Source: Winograd 1980, Arithmetic Complexity of Computations; Lavin and Gray 2016, Fast Algorithms for Convolutional
/// Neural Networks, section 4.
struct Sizes {
  int64_t n, h, w, ci, co;
};

/// Whether the sizes fit the kernels (ci and co multiples of 16) and the processor has their instructions.
bool fits(const Sizes& sizes);

/// y = convolution of x.
void convolve(const Sizes& sizes, const float* x, const float* weight, float* y);

/// x = transposed convolution of y: the gradient of `convolve` by x.
void convolve_transposed(const Sizes& sizes, const float* y, const float* weight, float* x);

/// weight = gradient of sum(convolve(x) * y) by the weight.
void weight_gradient(const Sizes& sizes, const float* x, const float* y, float* weight);

}  // namespace saddle::winograd
