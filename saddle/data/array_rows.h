// The rows of arrays, one array after the other, read a block at a time.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "saddle/base/tensor.h"

namespace saddle {

/// One array, whose rows, the parts of its first dimension, are read when they are asked for.
struct ArrayPiece {
  std::string path;                                      // stands for it in texts
  std::vector<int64_t> shape;                            // [n, ...]
  at::ScalarType type = at::kByte;                       // of what is read
  std::function<Tensor(int64_t begin, int64_t n)> read;  // rows [begin, begin + n), contiguous
  Tensor whole = {};                                     // where it is in memory; undefined: it is in a file
  bool read_at_once = false;                             // its rows lie apart: who reads one reads all
  Tensor labels = {};                                    // [n] int64; undefined: it has none
};

/// An array in memory. Shapes: x contiguous, of at least one dimension.
ArrayPiece tensor_piece(const Tensor& x, const std::string& name);

/// An .npy file; of points [n] as [n, 1]. `max_bytes` limits what is read at once. Throws: as `NpyRows`.
ArrayPiece npy_piece(const std::string& path, int64_t max_bytes);

/// An IDX file, which is read whole whenever its first row is. Throws: as `read_idx`.
ArrayPiece idx_piece(const std::string& path, int64_t max_bytes);

/// Arrays of rows of one shape and type, as if they were one.
class ArrayRows {
 public:
  /// `pieces`: at least one; `most_bytes` limits a block, but for rows that are read at once.
  ArrayRows(std::vector<ArrayPiece> pieces, int64_t most_bytes);

  int64_t count() const { return shape_[0]; }                   // of rows
  const std::vector<int64_t>& shape() const { return shape_; }  // of all rows as one array
  at::ScalarType type() const { return pieces_.front().type; }  // of what is read
  int64_t block_bytes() const { return block_bytes_; }          // of the largest block; 0: all are in memory
  Tensor labels() const;                                        // [count] int64; undefined: there are none
  Tensor whole() const;                                         // undefined: they are not one array in memory

  /// A block of neighbouring rows of one piece.
  struct Block {
    Tensor x;
    int64_t first;            // the number of its first row among all
    int64_t first_in_piece;   // and in its piece
    const std::string& path;  // of the piece
  };

  /// Calls `visit` for each block in turn, none of them empty, until it returns false.
  void for_each_block(const std::function<bool(const Block& block)>& visit) const;

 private:
  int64_t rows_at_once(const ArrayPiece& piece) const;

  std::vector<ArrayPiece> pieces_;
  std::vector<int64_t> shape_;
  int64_t most_rows_ = 1, block_bytes_ = 0;
};

}  // namespace saddle
