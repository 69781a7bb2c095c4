// Which rows lie near which: exactly, though nearly all pairs are only looked at through float32 products of matrices.
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "saddle/base/tensor.h"

namespace saddle {

/// Rows of numbers, and what tells about how far apart two of them are.
///
/// The product form |x|^2 + |y|^2 - 2 x.y of a squared distance loses digits where two rows are close. So it only says
/// between which bounds the exact one lies, and where the bounds do not decide, `squared_distance` does.
class NearRows {
 public:
  /// Takes rows, and what all sides of a comparison share: a point near their middle, and the longest distance from it.
  ///
  /// Shapes: x [n, d], any float type (kept in float64 if it is that, else in float32; all sides in the same);
  /// centre [d] float64.
  NearRows(const Tensor& x, const Tensor& centre, double longest);

  int64_t count() const { return x_.size(0); }  // rows
  double unit() const { return unit_; }         // squared distances times this are those of `shown` rows

  /// |x_i - y_j|^2, summed in float64 in one order: the same number for equal pairs of rows, wherever they stand.
  double squared_distance(int64_t i, const NearRows& other, int64_t j) const;

  Tensor block(int64_t begin, int64_t rows) const;  // rows of x, centred and scaled to at most length 1, float32

  /// Bounds of squared distances in these units: low_i + low_j - 2 s <= d^2 <= high_i + high_j - 2 s for the float32
  /// product s of two rows of blocks.
  const std::vector<float>& low() const { return low_; }
  const std::vector<float>& high() const { return high_; }  // see `low`

 private:
  Tensor x_, centre_;
  Tensor shown_;  // all blocks, where there is room for them
  double scale_, unit_;
  std::vector<float> low_, high_;
};

/// A point in the middle of samples, and the longest distance of their rows from it.
struct Middle {
  Tensor centre;   // [d] float64
  double longest;  // at least 1e-100
};
Middle middle_of(const std::vector<Tensor>& samples);

/// Samples whose rows are to be compared with each other: about the middle of all, in float64 if one of them is.
///
/// Shapes: each [n, d], any float type.
std::vector<NearRows> rows_in_common(const std::vector<Tensor>& samples);

/// A tile of the products of two samples' blocks.
struct ProductTile {
  int64_t row, rows, column, columns;
  const float* products;  // [rows, columns]
};

/// Visits the tiles of a and b; of a with itself those on the diagonal first, and then those above it.
///
/// Cost: 2 n m d operations, half of that for a sample with itself; O(tile d + tile^2) memory.
void for_each_tile(const NearRows& a, const NearRows& b, const std::function<void(const ProductTile&)>& visit);

/// For each row of one sample the nearest of another, the nearest first.
class NearLists {
 public:
  /// Lists of `length` places, with at most `most` rows of one part: who leaves a part out finds the `most` nearest of
  /// the rest in a list of 2 most.
  ///
  /// parts: the part of each listed row; empty: each is one of its own.
  NearLists(int64_t rows, int64_t length, int64_t most, std::vector<int32_t> parts);

  int64_t length() const { return length_; }                                            // places of a list
  const double* squared(int64_t row) const { return squared_.data() + row * length_; }  // infinite at the end of few
  const int32_t* index(int64_t row) const { return index_.data() + row * length_; }     // -1 there
  double farthest(int64_t row) const { return squared(row)[length_ - 1]; }              // squared distance at its end

  /// Offers a row at a distance that is less than `farthest`.
  void offer(int64_t row, int64_t other, double squared_distance);

 private:
  int64_t length_, most_;
  std::vector<int32_t> parts_;
  std::vector<double> squared_;
  std::vector<int32_t> index_;
};

/// The nearest others of each row of a sample.
NearLists nearest_others(const NearRows& x, int64_t length, int64_t most, const std::vector<int32_t>& parts);

/// The `length` nearest of `candidates` of each row of `queries`.
NearLists nearest_rows(const NearRows& queries, const NearRows& candidates, int64_t length);

}  // namespace saddle
