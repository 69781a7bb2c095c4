// Means and covariances of parts of a sample, computed in blocks of rows.
#pragma once
#include <cstdint>
#include <map>
#include <vector>

#include "saddle/base/tensor.h"

namespace saddle {

/// The mean [d] of rows [n, d] of any float type, in float64, without a copy of them all.
Tensor mean_of_rows(const Tensor& x);

/// Adds x' x to `product` [d, d], but for blocks below the diagonal, so that it takes 9/16 of the time.
///
/// Shapes: x [n, d], of the product's type. Result: right on and above the diagonal.
void add_upper_products(Tensor& product, const Tensor& x);

/// The mean and the covariance S = G' G of some rows.
struct Moments {
  int64_t rows;
  Tensor mean;      // [d] float64
  double trace;     // of S
  Tensor root;      // G [r, d] float64, r <= d
  bool triangular;  // whether G is upper triangular

  /// G H' [r, s], H the root of `other`.
  Tensor cross(const Moments& other) const;
};

/// Means and covariances of parts of the rows of one sample, in an order of its own.
///
/// Where there are more rows than features, products of rows are summed once, up to each of the places where parts
/// begin or end, so that each part costs O(d^3) only.
class PartialMoments {
 public:
  /// Shapes: x [n, d], any float type; order [n] int64; places: where parts may begin and end, of 0 to n.
  PartialMoments(const Tensor& x, const Tensor& order, std::vector<int64_t> places);

  /// The mean, and the covariance with divisor rows - 1, of the rows from `begin` to before `end`, both of the places.
  Moments of(int64_t begin, int64_t end) const;

  /// Rows `begin` to before `end` in float64, less the mean of all.
  Tensor centred(int64_t begin, int64_t end) const;

  const Tensor& centre() const { return centre_; }  // [d] float64: the mean of all
  int64_t rows() const { return x_.size(0); }       // n
  const Tensor& order() const { return order_; }    // [n] int64

 private:
  /// Sums over the first rows.
  struct Sums {
    Tensor row;      // [d]
    Tensor product;  // [d, d]: of the rows' outer products; below the diagonal blocks it holds nothing
  };

  Tensor x_, order_, centre_;
  std::map<int64_t, Sums> sums_;  // by place
};

}  // namespace saddle
