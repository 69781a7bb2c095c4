// Normal distributions as an exponential family: log densities and moments as products with features of the points.
#pragma once
#include <cstdint>
#include <vector>

#include "saddle/distributions/gaussian_mixture.h"

namespace saddle {

/// Weights [K], means about a centre [K, d] and covariances (as GaussianMixture has them) of K components.
struct NormalParameters {
  Tensor weights, means, covariances;
};

/// The family of one kind of covariance in d dimensions.
///
/// A point's statistics are 1, x and, by the kind, the products x_i x_j, the squares x_i^2, or |x|^2; `statistics()` is
/// their number S. The log density of a component is linear in them, and the sums of them under the responsibilities
/// are all that an M step needs. In few dimensions they are written out, so that both are one matrix product for all
/// components; in many, the products of `full` are left to a matrix product for each component.
class NormalFamily {
 public:
  NormalFamily(Covariance kind, int64_t d);  // of normal distributions on R^d

  Covariance kind() const { return kind_; }  // the form of the covariances
  int64_t dim() const { return d_; }         // d
  int64_t statistics() const;                // how many sufficient statistics a row has

  /// Returns the numbers of a point that the functions below take, F for each row of x [n, d] about `centre`, [F, n];
  /// the first is 1 and the next d are the coordinates.
  Tensor features(const Tensor& x, const Tensor& centre) const;

  /// The number F of them.
  int64_t feature_count() const;

  /// Returns the coefficients [K, S] of log(weights[k] N(x; k)).
  Tensor coefficients(const NormalParameters& p) const;

  /// Returns log(weights[k] N(x; k)) [K, n] from coefficients and features.
  Tensor joint(const Tensor& coefficients, const Tensor& features) const;

  /// Adds the statistics' sums under the responsibilities [K, n] to `moments` [K, S].
  void add_moments(Tensor& moments, const Tensor& responsibilities, const Tensor& features) const;

  /// Returns the likeliest parameters for `moments` whose variance is at least `floor` in every direction.
  NormalParameters maximise(const Tensor& moments, double floor) const;

 private:
  Covariance kind_;
  int64_t d_;
  bool written_out_;  // the products of `full`
  Tensor i_, j_;      // the pairs i <= j of products, where they are written out
};

/// The rows of x [n, d] as blocks of features about a centre, kept where they are few.
class FeatureBlocks {
 public:
  FeatureBlocks(const Tensor& x, const NormalFamily& family, const Tensor& centre,
                int64_t components);  // by `components` at once

  int64_t count() const { return (x_.size(0) + rows_ - 1) / rows_; }  // of blocks
  int64_t first(int64_t block) const { return block * rows_; }        // its first row
  Tensor at(int64_t block) const { return kept_.empty() ? make(block) : kept_[static_cast<size_t>(block)]; }  // one

 private:
  Tensor make(int64_t block) const;

  Tensor x_, centre_;
  const NormalFamily& family_;
  int64_t rows_;
  std::vector<Tensor> kept_;
};

/// Turns log(weights[k] N(x; k)) [K, n] into responsibilities in place and returns log p(x) [n].
Tensor normalise(Tensor& joint);

}  // namespace saddle
