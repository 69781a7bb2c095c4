// What is measured while training: V of the game's D on held-out and on training data, and G's gradients.
#pragma once
#include <functional>

#include "saddle/base/tensor.h"
#include "saddle/critics/bounds.h"
#include "saddle/networks/network.h"

namespace saddle {

/// Returns D's logits in evaluation mode, computed `batch` samples at a time.
///
/// Shapes: x [n, ...]; result [n] float32 on the CPU.
Tensor logits_of(Network& discriminator, const Tensor& x, Device device, int64_t batch = 256);

/// Euclidean norm of all gradients of a network's parameters together.
double gradient_norm(const Network& network);

/// The name of the first parameter whose gradient is not finite; empty: all are.
std::string first_non_finite_gradient(const Network& network);

}  // namespace saddle
