// Convolution by 3x3 kernels with padding 1, differentiable any number of times.
#pragma once
#include "saddle/base/tensor.h"
#include "saddle/networks/graph.h"

namespace saddle {

/// Keeps a picture's size: y[i, j] = sum over u, v in 0..2 of x[i - 1 + u, j - 1 + v] weight[u, v].
///
/// Shapes: x [n, ci, h, w], weight [co, ci, 3, 3]; result [n, co, h, w].
/// Cost: for float32 on an x86 processor with AVX2 and channels in multiples of 16, 16 products for four pixels instead
/// of 36 (winograd3x3.h); results and weight are then quickest with channels last. Else LibTorch's convolution.
Tensor conv3x3(const Tensor& x, const Tensor& weight);

/// The same as an operator of a graph.
GraphValue emit_conv3x3(OpGraph& graph, const GraphValue& x, const Tensor& weight);

}  // namespace saddle
