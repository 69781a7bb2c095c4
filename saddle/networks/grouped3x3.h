// Convolution by 3x3 kernels within groups of channels, differentiable any number of times.
#pragma once
#include "saddle/base/tensor.h"
#include "saddle/networks/graph.h"

namespace saddle {

constexpr int64_t kGroup = 16;  // channels a group: one register of AVX-512

/// y[o] = sum over the channels i of o's group and u, v in 0..2 of x[i] at (row - 1 + u, column - 1 + v), times
/// weight[o, i, u, v].
///
/// Shapes: x [n, c, h, w], c a multiple of kGroup, weight [c, kGroup, 3, 3]; result as x.
/// Cost: for float32 on an x86 processor with AVX2 one pass of ours; LibTorch's second derivative goes through the
/// groups one by one. Else LibTorch's convolution. Quickest with channels last.
Tensor grouped3x3(const Tensor& x, const Tensor& weight);

/// The same as an operator of a graph.
GraphValue emit_grouped3x3(OpGraph& graph, const GraphValue& x, const Tensor& weight);

}  // namespace saddle
