// A linear layer followed by a (leaky) ReLU.
#pragma once
#include "saddle/base/tensor.h"
#include "saddle/networks/graph.h"

namespace saddle {

/// What a linear layer learns: weight [out, in] and bias [out].
struct Linear {
  Tensor weight, bias;
};

/// max(v, slope v) with v = x W^T + b; slope 0 makes a ReLU, 1 leaves v alone.
///
/// The result can be differentiated any number of times, and does not depend on the number of threads.
/// Shapes: x [n, in], result [n, out].
/// Cost: for float32 on an x86 processor with AVX2 and `out` a multiple of 16, our matrix product with the activation
/// while its rows are in the cache; else LibTorch's functions.
Tensor linear_relu(const Tensor& x, const Linear& layer, double slope);

/// The same as operators of a graph.
GraphValue emit_linear_relu(OpGraph& graph, const GraphValue& x, const Linear& layer, double slope);

}  // namespace saddle
