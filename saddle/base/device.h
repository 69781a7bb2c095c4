// Finds the device to compute on; CUDA is loaded at run time, only when asked for.
#pragma once
#include <string>

#include "saddle/base/tensor.h"

namespace saddle {

/// Returns the device of that name, loading LibTorch's CUDA library first where the name asks for it.
///
/// Names: "cpu", "cuda" (the first GPU), "auto" (cuda where LibTorch's CUDA library and a GPU are there, else cpu).
/// Throws: Error for "cuda" where it cannot be had, with the loader's reason; Error for another name.
Device open_device(const std::string& name);

/// Describes the processor's vector instructions that decide results bit for bit, e.g. "AVX512".
std::string cpu_capability();

/// LibTorch's version, e.g. "2.15.0".
std::string libtorch_version();

}  // namespace saddle
