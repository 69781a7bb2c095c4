// The convolution of winograd.h for few input channels, as one matrix product over the 4x4 patches of x.
#pragma once
#include "saddle/networks/winograd.h"

namespace saddle::im2col {

/// Whether the sizes fit (co a multiple of 16) and the processor has the kernels' instructions.
bool fits(const winograd::Sizes& sizes);

/// The same three maps as winograd.h has, in the same layouts.
void convolve(const winograd::Sizes& sizes, const float* x, const float* weight, float* y);
void convolve_transposed(const winograd::Sizes& sizes, const float* y, const float* weight, float* x);
void weight_gradient(const winograd::Sizes& sizes, const float* x, const float* y, float* weight);

}  // namespace saddle::im2col
