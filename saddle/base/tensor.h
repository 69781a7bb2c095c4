// The tensor type of the library, which is LibTorch's, and maps of named tensors.
#pragma once
#include <ATen/core/Tensor.h>

#include <map>
#include <string>

namespace saddle {

using Tensor = at::Tensor;
using Device = at::Device;

/// Tensors by name, in the order of their names: the contents of a checkpoint, a state, a set of weights.
using TensorMap = std::map<std::string, Tensor>;

}  // namespace saddle
