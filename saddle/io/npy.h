// Reads and writes numpy's .npy arrays.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

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

/// Whether a regular file begins like an .npy array.
bool is_npy(const std::string& path);

/// An .npy array whose rows, the parts of its first dimension, are read when they are asked for, as `read_npy` reads.
class NpyRows {
 public:
  /// Reads the header. `max_bytes` limits an array in Fortran order alone, which each `read` reads whole.
  ///
  /// Throws: as `read_npy`; Error for a single number, of no dimension.
  NpyRows(std::string path, int64_t max_bytes);

  const std::vector<int64_t>& shape() const { return shape_; }  // of the whole array
  at::ScalarType type() const { return returned_; }             // of what is read
  bool is_read_whole() const { return is_fortran_; }            // whether its rows lie apart in the file

  /// Reads rows [begin, begin + n) of those that there are. Throws: Error naming the path.
  Tensor read(int64_t begin, int64_t n) const;

 private:
  std::string path_;
  std::vector<int64_t> shape_;
  int64_t start_ = 0, mask_ = -1;
  at::ScalarType stored_ = at::kByte, returned_ = at::kByte;
  bool is_big_endian_ = false, is_fortran_ = false;
};

/// Writes a uint8, int64, float32 or float64 tensor as version 1.0, as `write_file` does.
void write_npy(const std::string& path, const Tensor& x);

}  // namespace saddle
