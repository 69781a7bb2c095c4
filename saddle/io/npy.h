// Reads and writes numpy's .npy arrays.
#pragma once
#include <cstdint>
#include <string>

#include "saddle/base/tensor.h"

namespace saddle {

/// Reads an .npy array: versions 1 to 3, C or Fortran order, little or big endian, bool, (u)int8-64,
/// float16-64.
///
/// Result: C-contiguous, uint8 for bool and uint8, int64 for other integers, float32 for float16 and float32,
/// float64. Throws: Error naming path and byte, before memory is taken, for objects (never unpickled),
/// negative or enormous shapes (more than `max_bytes`), a body that is shorter or longer than the shape says,
/// and complex or text types.
Tensor read_npy(const std::string& path, int64_t max_bytes);

/// Writes a contiguous uint8, int64, float32 or float64 tensor as version 1.0, atomically.
void write_npy(const std::string& path, const Tensor& x);

}  // namespace saddle
