// Implements divergences of normal distributions by simultaneous diagonalisation.
#include "saddle/divergences/gaussian_pair.h"

#include "saddle/base/constants.h"
#include "saddle/distributions/gaussian_mixture.h"
#include "saddle/distributions/mixture.h"
#include "saddle/distributions/normal.h"

namespace saddle {
namespace {

constexpr double kSame = 1e-10;  // a variance or a shift this near to Q's is Q's

struct Gaussian {
  Tensor loc, covariance;  // [d], [d, d]
};

std::optional<Gaussian> as_gaussian(const Distribution& distribution) {
  if (const auto* normal = dynamic_cast<const Normal*>(&distribution))
    return Gaussian{at::tensor({normal->loc()}, at::kDouble),
                    at::tensor({normal->scale() * normal->scale()}, at::kDouble).view({1, 1})};
  if (const auto* normal = dynamic_cast<const MultivariateNormal*>(&distribution))
    return Gaussian{normal->loc(), normal->covariance()};
  if (const auto* mixture = dynamic_cast<const Mixture*>(&distribution))
    return mixture->components().size() == 1 ? as_gaussian(*mixture->components().front()) : std::nullopt;
  const auto* mixture = dynamic_cast<const GaussianMixture*>(&distribution);
  if (mixture == nullptr || mixture->components() != 1) return std::nullopt;
  const Tensor covariance = mixture->covariances()[0], identity = at::eye(mixture->dim(), at::kDouble);
  return Gaussian{mixture->means()[0], mixture->kind() == Covariance::full       ? covariance
                                       : mixture->kind() == Covariance::diagonal ? covariance.diag()
                                                                                 : covariance * identity};
}

/// The standard deviation where the covariance is a multiple of I.
std::optional<double> spherical_std(const Tensor& covariance) {
  const double variance = covariance[0][0].item<double>();
  const Tensor sphere = variance * at::eye(covariance.size(0), at::kDouble);
  if (!at::equal(covariance, sphere)) return std::nullopt;
  return std::sqrt(variance);
}

double total(const Tensor& x) { return x.sum().item<double>(); }

/// The length of N(0, scale^2 I) in R^degrees.
class Radius final : public Distribution {
 public:
  Radius(double degrees, double scale) : degrees_(degrees), scale_(scale) {}

  int64_t dim() const override { return 1; }

  Tensor sample(int64_t n, Rng& rng) const override {
    return (2 * at::_standard_gamma(at::full({n, 1}, degrees_ / 2, at::kDouble), rng)).sqrt() * scale_;
  }

  Tensor log_prob(const Tensor& x) const override {
    check_points(x, 1);
    const Tensor r = x.squeeze(1) / scale_;
    const double constant = (degrees_ / 2 - 1) * kLog2 + std::lgamma(degrees_ / 2) + std::log(scale_);
    return at::where(r > 0, (degrees_ - 1) * r.clamp_min(0).log() - r.square() / 2 - constant,
                     -std::numeric_limits<double>::infinity());
  }

  std::vector<Landmark> landmarks() const override {
    const double deviation = scale_ * std::sqrt(0.5);
    return {{{scale_ * std::sqrt(degrees_)}, {deviation}, {deviation}}, {{0}, {0}, {0}}};
  }

 private:
  double degrees_, scale_;
};

}  // namespace

std::optional<GaussianPair> GaussianPair::of(const Distribution& p, const Distribution& q) {
  const auto a = as_gaussian(p), b = as_gaussian(q);
  if (!a || !b || a->loc.size(0) != b->loc.size(0)) return std::nullopt;
  GaussianPair pair;
  const Tensor delta = a->loc - b->loc, root = at::linalg_cholesky(b->covariance);
  pair.distance_ = delta.norm().item<double>();
  if (at::equal(a->covariance, b->covariance)) {  // exactly, as rounding would leave traces
    pair.shift_ = at::linalg_solve_triangular(root, delta.unsqueeze(1), /*upper=*/false).squeeze(1);
    pair.variances_ = at::ones_like(delta);
  } else {
    const Tensor half = at::linalg_solve_triangular(root, a->covariance, false);
    const Tensor whitened = at::linalg_solve_triangular(root, half.t(), false);
    const auto [variances, axes] = at::linalg_eigh((whitened + whitened.t()) / 2);
    pair.variances_ = variances;
    pair.shift_ = at::mv(axes.t(), at::linalg_solve_triangular(root, delta.unsqueeze(1), false).squeeze(1));
    const Tensor between = at::mm(at::mm(root.t(), a->covariance), root);
    const Tensor eigenvalues = at::linalg_eigvalsh((between + between.t()) / 2).clamp_min(0);
    pair.w2_covariances_ =
        total(a->covariance.diagonal()) + total(b->covariance.diagonal()) - 2 * total(eigenvalues.sqrt());
  }
  pair.p_std_ = spherical_std(a->covariance);
  pair.q_std_ = spherical_std(b->covariance);
  return pair;
}

double GaussianPair::kl() const { return total(variances_ + shift_.square() - 1 - variances_.log()) / 2; }

double GaussianPair::reverse_kl() const { return total((1 + shift_.square()) / variances_ - 1 + variances_.log()) / 2; }

double GaussianPair::squared_hellinger() const {
  const Tensor sum = 1 + variances_;
  return std::max(0.0, -std::expm1(total((2 * variances_.sqrt() / sum).log() / 2 - shift_.square() / (4 * sum))));
}

double GaussianPair::pearson_chi2() const {
  const Tensor room = 2 - variances_;
  if ((room <= 0).any().item<bool>()) return std::numeric_limits<double>::infinity();
  return std::expm1(total(shift_.square() / room - (variances_ * room).log() / 2));
}

double GaussianPair::wasserstein2() const { return std::sqrt(distance_ * distance_ + std::max(0.0, w2_covariances_)); }

std::optional<double> GaussianPair::wasserstein1() const {
  if ((variances_ == 1).all().item<bool>()) return distance_;
  if (distance_ > 0 || !p_std_ || !q_std_) return std::nullopt;
  const double d = static_cast<double>(shift_.size(0));
  return std::fabs(*p_std_ - *q_std_) * std::sqrt(2.0) * std::exp(std::lgamma((d + 1) / 2) - std::lgamma(d / 2));
}

std::optional<GaussianPair::Reduced> GaussianPair::reduced() const {
  const Tensor differs = (variances_ - 1).abs() > kSame;
  Tensor variances = variances_.masked_select(differs), shift = shift_.masked_select(differs);
  const double shifted = shift_.masked_select(differs.logical_not()).norm().item<double>();
  if (shifted > kSame || variances.numel() == 0) {
    variances = at::cat({variances, at::ones({1}, at::kDouble)});
    shift = at::cat({shift, at::full({1}, shifted, at::kDouble)});
  }
  const int64_t d = variances.size(0);
  const Tensor origin = at::zeros({d}, at::kDouble);
  if (d == 1)
    return Reduced{std::make_shared<Normal>(shift.item<double>(), std::sqrt(variances.item<double>())),
                   std::make_shared<Normal>(0, 1)};
  if (d == 2)
    return Reduced{std::make_shared<MultivariateNormal>(shift, variances.diag()),
                   std::make_shared<MultivariateNormal>(origin, at::eye(2, at::kDouble))};
  const double variance = variances[0].item<double>();
  if (shift.abs().max().item<double>() > kSame || (variances - variance).abs().max().item<double>() > kSame * variance)
    return std::nullopt;
  return Reduced{std::make_shared<Radius>(d, std::sqrt(variance)), std::make_shared<Radius>(d, 1)};
}

}  // namespace saddle
