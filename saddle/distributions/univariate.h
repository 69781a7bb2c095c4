// Distributions on the line that are not normal: with a kink, with heavy tails, with edges.
#pragma once
#include "saddle/distributions/distribution.h"

namespace saddle {

/// The density exp(-|x - loc| / scale) / (2 scale).
class Laplace final : public Distribution {
 public:
  /// Throws: Error unless loc is finite and scale finite and above 0.
  Laplace(double loc, double scale);

  int64_t dim() const override { return 1; }
  Tensor sample(int64_t n, Rng& rng) const override;
  Tensor log_prob(const Tensor& x) const override;
  std::optional<double> entropy() const override;
  std::vector<Landmark> landmarks() const override;

  double loc() const { return loc_; }      // the centre
  double scale() const { return scale_; }  // the width

 private:
  double loc_, scale_;
};

/// Student's t with `df` degrees of freedom, stretched by scale about loc; df = 1 is the Cauchy distribution.
class StudentT final : public Distribution {
 public:
  /// Throws: Error unless loc is finite and df and scale finite and above 0.
  StudentT(double df, double loc, double scale);

  int64_t dim() const override { return 1; }
  Tensor sample(int64_t n, Rng& rng) const override;
  Tensor log_prob(const Tensor& x) const override;
  std::optional<double> entropy() const override;
  std::vector<Landmark> landmarks() const override { return {{{loc_}, {scale_}, {scale_}}}; }

  double df() const { return df_; }        // degrees of freedom
  double loc() const { return loc_; }      // the centre
  double scale() const { return scale_; }  // the width

 private:
  double df_, loc_, scale_;
};

/// The uniform distribution on [low, high).
class Uniform final : public Distribution {
 public:
  /// Throws: Error unless both are finite and low is below high.
  Uniform(double low, double high);

  int64_t dim() const override { return 1; }
  Tensor sample(int64_t n, Rng& rng) const override;
  Tensor log_prob(const Tensor& x) const override;
  std::optional<double> entropy() const override;
  std::vector<Landmark> landmarks() const override;

  double low() const { return low_; }    // the lower end
  double high() const { return high_; }  // the upper end

 private:
  double low_, high_;
};

}  // namespace saddle
