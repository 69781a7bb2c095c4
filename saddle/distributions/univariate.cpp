// Implements the distributions on the line.
#include "saddle/distributions/univariate.h"

#include "saddle/base/error.h"

namespace saddle {
namespace {

void require(bool holds, const std::string& name, const std::string& expected, double got) {
  if (!holds) throw Error(name + ": expected " + expected + ", got " + std::to_string(got));
}

void require_positive(double value, const std::string& name, const std::string& what) {
  require(std::isfinite(value) && value > 0, name, what + " above 0", value);
}

/// The points [n, 1] as numbers [n] float64.
Tensor points(const Tensor& x) {
  check_points(x, 1);
  return x.to(at::kDouble).squeeze(1);
}

/// The digamma function; `value` > 0.
double digamma(double value) { return at::digamma(at::scalar_tensor(value, at::kDouble)).item<double>(); }

/// log B(a, b) of the beta function.
double log_beta(double a, double b) { return std::lgamma(a) + std::lgamma(b) - std::lgamma(a + b); }

}  // namespace

Laplace::Laplace(double loc, double scale) : loc_(loc), scale_(scale) {
  require(std::isfinite(loc), "laplace", "a finite loc", loc);
  require_positive(scale, "laplace", "a scale");
}

Tensor Laplace::sample(int64_t n, Rng& rng) const {
  const Tensor distance = at::empty({n, 1}, at::kDouble).exponential_(1, rng);
  const Tensor side = 2 * at::randint(2, {n, 1}, rng, at::kDouble) - 1;
  return side * distance * scale_ + loc_;
}

Tensor Laplace::log_prob(const Tensor& x) const { return (points(x) - loc_).abs() / -scale_ - std::log(2 * scale_); }

std::optional<double> Laplace::entropy() const { return 1 + std::log(2 * scale_); }

std::vector<Landmark> Laplace::landmarks() const { return {{{loc_}, {scale_}, {scale_}}, {{loc_}, {0}, {0}}}; }

StudentT::StudentT(double df, double loc, double scale) : df_(df), loc_(loc), scale_(scale) {
  require_positive(df, "student_t", "a df");
  require(std::isfinite(loc), "student_t", "a finite loc", loc);
  require_positive(scale, "student_t", "a scale");
}

Tensor StudentT::sample(int64_t n, Rng& rng) const {
  const Tensor z = randn({n, 1}, rng, at::kCPU, at::kDouble);
  const Tensor chi2 = 2 * at::_standard_gamma(at::full({n, 1}, df_ / 2, at::kDouble), rng);
  return z / (chi2 / df_).sqrt() * scale_ + loc_;
}

Tensor StudentT::log_prob(const Tensor& x) const {
  const Tensor t = (points(x) - loc_) / scale_;
  const double constant = log_beta(0.5, df_ / 2) + std::log(df_) / 2 + std::log(scale_);
  return (t.square() / df_).log1p() * (-(df_ + 1) / 2) - constant;
}

std::optional<double> StudentT::entropy() const {
  return (df_ + 1) / 2 * (digamma((df_ + 1) / 2) - digamma(df_ / 2)) + std::log(df_) / 2 + log_beta(0.5, df_ / 2) +
         std::log(scale_);
}

Uniform::Uniform(double low, double high) : low_(low), high_(high) {
  require(std::isfinite(low), "uniform", "a finite low", low);
  require(std::isfinite(high) && high > low && std::isfinite(high - low), "uniform",
          "a finite high above low = " + std::to_string(low), high);
}

Tensor Uniform::sample(int64_t n, Rng& rng) const {
  return rand({n, 1}, rng, at::kCPU, at::kDouble) * (high_ - low_) + low_;
}

Tensor Uniform::log_prob(const Tensor& x) const {
  const Tensor y = points(x);
  const Tensor inside = y.ge(low_).logical_and(y.lt(high_));
  const auto number = [](double value) { return at::scalar_tensor(value, at::kDouble); };
  return at::where(inside, number(-std::log(high_ - low_)), number(-std::numeric_limits<double>::infinity()));
}

std::optional<double> Uniform::entropy() const { return std::log(high_ - low_); }

std::vector<Landmark> Uniform::landmarks() const {
  const double middle = low_ + (high_ - low_) / 2, deviation = (high_ - low_) / std::sqrt(12.0);
  return {{{middle}, {deviation}, {deviation}}, {{low_}, {0}, {0}}, {{high_}, {0}, {0}}};
}

}  // namespace saddle
