// Normal distributions on the line and in R^d.
#pragma once
#include "saddle/distributions/distribution.h"

namespace saddle {

/// N(loc, scale^2) on the line.
class Normal final : public Distribution {
 public:
  /// Throws: Error unless loc is finite and scale finite and above 0.
  Normal(double loc, double scale);

  int64_t dim() const override { return 1; }
  Tensor sample(int64_t n, Rng& rng) const override;
  Tensor log_prob(const Tensor& x) const override;
  std::optional<double> entropy() const override;
  std::vector<Landmark> landmarks() const override { return {{{loc_}, {scale_}, {scale_}}}; }

  double loc() const { return loc_; }      // [d]
  double scale() const { return scale_; }  // [d]

 private:
  double loc_, scale_;
};

/// N(loc, covariance) in R^d.
class MultivariateNormal final : public Distribution {
 public:
  /// Shapes: loc [d], covariance [d, d]. Throws: Error unless it is finite, symmetric and positive definite.
  MultivariateNormal(const Tensor& loc, const Tensor& covariance);

  int64_t dim() const override { return loc_.size(0); }
  Tensor sample(int64_t n, Rng& rng) const override;
  Tensor log_prob(const Tensor& x) const override;
  std::optional<double> entropy() const override;
  std::vector<Landmark> landmarks() const override;

  const Tensor& loc() const { return loc_; }                // [d] float64
  const Tensor& covariance() const { return covariance_; }  // [d, d] float64
  const Tensor& cholesky() const { return cholesky_; }      // [d, d] float64, lower: covariance = L L^T

 private:
  Tensor loc_, covariance_, cholesky_;
};

}  // namespace saddle
