// Implements normal distributions.
#include "saddle/distributions/normal.h"

#include "saddle/base/constants.h"
#include "saddle/base/error.h"

namespace saddle {
namespace {

void require(bool holds, const std::string& text) {
  if (!holds) throw Error(text);
}

/// Half the log determinant of the covariance.
double log_root_determinant(const Tensor& cholesky) { return cholesky.diagonal().log().sum().item<double>(); }

std::vector<double> to_vector(const Tensor& x) {
  const Tensor values = x.contiguous();
  return {values.const_data_ptr<double>(), values.const_data_ptr<double>() + values.numel()};
}

}  // namespace

Normal::Normal(double loc, double scale) : loc_(loc), scale_(scale) {
  require(std::isfinite(loc), "normal: expected a finite mean, got " + std::to_string(loc));
  require(std::isfinite(scale) && scale > 0,
          "normal: expected a standard deviation above 0, got " + std::to_string(scale));
}

Tensor Normal::sample(int64_t n, Rng& rng) const { return randn({n, 1}, rng, at::kCPU, at::kDouble) * scale_ + loc_; }

Tensor Normal::log_prob(const Tensor& x) const {
  check_points(x, 1);
  const Tensor z = (x.to(at::kDouble).squeeze(1) - loc_) / scale_;
  return z.square() * -0.5 - (kLog2Pi / 2 + std::log(scale_));
}

std::optional<double> Normal::entropy() const { return (1 + kLog2Pi) / 2 + std::log(scale_); }

MultivariateNormal::MultivariateNormal(const Tensor& loc, const Tensor& covariance)
    : loc_(loc.to(at::kDouble).contiguous()), covariance_(covariance.to(at::kDouble).contiguous()) {
  require(loc_.dim() == 1 && loc_.size(0) >= 1 && covariance_.sizes() == at::IntArrayRef({loc_.size(0), loc_.size(0)}),
          "mvnormal: expected a mean [d] and a covariance [d, d], got other shapes");
  require(loc_.isfinite().all().item<bool>() && covariance_.isfinite().all().item<bool>(),
          "mvnormal: expected finite numbers, got NaN or infinite ones");
  const double largest = covariance_.abs().max().item<double>();
  require((covariance_ - covariance_.t()).abs().max().item<double>() <= 1e-9 * largest,
          "mvnormal: expected a symmetric covariance, got one that is not");
  const auto [root, failed] = at::linalg_cholesky_ex(covariance_);
  require(failed.item<int>() == 0 && root.diagonal().gt(0).all().item<bool>(),
          "mvnormal: expected a positive definite covariance, got one with least eigenvalue " +
              std::to_string(at::linalg_eigvalsh(covariance_)[0].item<double>()));
  cholesky_ = root;
}

Tensor MultivariateNormal::sample(int64_t n, Rng& rng) const {
  return at::addmm(loc_, randn({n, dim()}, rng, at::kCPU, at::kDouble), cholesky_.t());
}

Tensor MultivariateNormal::log_prob(const Tensor& x) const {
  check_points(x, dim());
  const Tensor centred = x.to(at::kDouble) - loc_;
  const Tensor z = at::linalg_solve_triangular(cholesky_, centred.t(), /*upper=*/false);
  return z.square().sum(0) * -0.5 - (static_cast<double>(dim()) * kLog2Pi / 2 + log_root_determinant(cholesky_));
}

std::optional<double> MultivariateNormal::entropy() const {
  return static_cast<double>(dim()) * (1 + kLog2Pi) / 2 + log_root_determinant(cholesky_);
}

std::vector<Landmark> MultivariateNormal::landmarks() const {
  // given the other coordinates, coordinate i has the variance 1 / precision_ii
  return {{to_vector(loc_), to_vector(covariance_.diagonal().sqrt()),
           to_vector(at::cholesky_inverse(cholesky_).diagonal().rsqrt())}};
}

}  // namespace saddle
