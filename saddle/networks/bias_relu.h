// A bias for each channel followed by a (leaky) ReLU, in one pass over the data forwards and one backwards.
#pragma once
#include "saddle/base/tensor.h"
#include "saddle/networks/graph.h"

namespace saddle {

/// max(v, slope v) with v = x + bias.
///
/// The result can be differentiated any number of times, and does not depend on the number of threads.
/// Shapes: x [n, c, h, w], bias [c]; result as x; 0 <= slope <= 1.
/// Cost: for float32 on an x86 processor with AVX2 and c a multiple of 16, half the passes of LibTorch's functions;
/// else those. Quickest with channels last.
Tensor bias_relu(const Tensor& x, const Tensor& bias, double slope);

/// The same as operators of a graph.
GraphValue emit_bias_relu(OpGraph& graph, const GraphValue& x, const Tensor& bias, double slope);

}  // namespace saddle
