// Reads and writes numpy's .npy arrays.
#pragma once
#include <cstdint>
#include <string>

#include "saddle/base/tensor.h"

namespace saddle {

/// Reads an .npy array: versions 1 to 3, C or Fortran order, little or big endian, bool, (u)int8 to 64 and
/// float16 to 64.
///
/// Result: C-contiguous; uint8 for bool and uint8, int64 for other integers, float32 for float16 and float32,
/// float64 for float64.
///
/// Throws: Error naming path and byte, before memory is taken, for objects (never unpickled), complex and
/// text types, negative or enormous shapes (more than `max_bytes`, in the file or as returned), and a body
/// that is shorter or longer than the shape says; Error for uint64 above int64.
Tensor read_npy(const std::string& path, int64_t max_bytes);

/// Writes a uint8, int64, float32 or float64 tensor as version 1.0, as `write_file` does.
void write_npy(const std::string& path, const Tensor& x);

}  // namespace saddle
