// Convolution by 4x4 kernels with stride 2 and padding 1, and its transpose, differentiable any number of
// times.
#pragma once
#include "saddle/base/tensor.h"
#include "saddle/networks/graph.h"

namespace saddle {

/// Halves a picture: y[i, j] = sum over u, v in 0..3 of x[2i - 1 + u, 2j - 1 + v] weight[u, v].
///
/// Shapes: x [n, ci, 2h, 2w], weight [co, ci, 4, 4]; result [n, co, h, w].
/// Cost: for float32 on an x86 processor with AVX2 and channels in multiples of 16, 9 products instead of 16
/// (winograd.h), or for fewer than 16 input channels a matrix product; results and weight are then quickest
/// with channels last. Else LibTorch's convolution.
Tensor conv4x4(const Tensor& x, const Tensor& weight);

/// Doubles a picture: the transpose of `conv4x4` as a linear map of x.
///
/// Shapes: y [n, co, h, w], weight [co, ci, 4, 4]; result [n, ci, 2h, 2w].
/// Cost: as of `conv4x4`.
Tensor conv4x4_transposed(const Tensor& y, const Tensor& weight);

/// The same two as operators of a graph.
GraphValue emit_conv4x4(OpGraph& graph, const GraphValue& x, const Tensor& weight);
GraphValue emit_conv4x4_transposed(OpGraph& graph, const GraphValue& y, const Tensor& weight);

}  // namespace saddle
