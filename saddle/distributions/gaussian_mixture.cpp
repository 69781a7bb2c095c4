// Implements Gaussian mixtures: densities, draws and what is counted of them.
#include "saddle/distributions/gaussian_mixture.h"

#include "saddle/base/constants.h"
#include "saddle/base/error.h"
#include "saddle/distributions/normal_family.h"

namespace saddle {
namespace {

constexpr double kSmallestVariance = 1e-300;

}  // namespace

GaussianMixture::GaussianMixture(const Tensor& weights, const Tensor& means, const Tensor& covariances, Covariance kind)
    : weights_(weights.to(at::kDouble).contiguous()), means_(means.to(at::kDouble).contiguous()),
      covariances_(covariances.to(at::kDouble).contiguous()), kind_(kind) {
  const auto require = [](bool holds, const char* expected) {
    if (!holds) throw Error(std::string("mixture: expected ") + expected);
  };
  require(means_.dim() == 2 && means_.size(0) >= 1 && means_.size(1) >= 1 && weights_.dim() == 1 &&
              weights_.size(0) == means_.size(0),
          "weights [K] and means [K, d], got other shapes");
  const int64_t k = means_.size(0), d = means_.size(1);
  const std::vector<int64_t> shape = kind == Covariance::full       ? std::vector<int64_t>{k, d, d}
                                     : kind == Covariance::diagonal ? std::vector<int64_t>{k, d}
                                                                    : std::vector<int64_t>{k};
  require(covariances_.sizes() == at::IntArrayRef(shape), "covariances of the shape of their kind, got another shape");
  require(weights_.ge(0).all().item<bool>() && std::fabs(weights_.sum().item<double>() - 1) < 1e-6,
          "weights of at least 0 that sum to 1, got others");
  require(means_.isfinite().all().item<bool>() && covariances_.isfinite().all().item<bool>(),
          "finite means and covariances, got others");
  const bool definite = kind == Covariance::full ? !std::get<1>(at::linalg_cholesky_ex(covariances_)).any().item<bool>()
                                                 : covariances_.gt(0).all().item<bool>();
  require(definite, "positive definite covariances, got others");
  centre_ = at::mv(means_.t(), weights_);
  coefficients_ = NormalFamily(kind, d).coefficients({weights_, means_ - centre_, covariances_});
}

Tensor GaussianMixture::log_prob(const Tensor& x) const {
  check_points(x, dim());
  const NormalFamily family(kind_, dim());
  const FeatureBlocks blocks(x, family, centre_, components());
  Tensor result = at::empty({x.size(0)}, at::kDouble);
  for (int64_t b = 0; b < blocks.count(); ++b) {
    Tensor joint = family.joint(coefficients_, blocks.at(b));
    result.slice(0, blocks.first(b), blocks.first(b) + joint.size(1)).copy_(normalise(joint));
  }
  return result;
}

Tensor GaussianMixture::responsibilities(const Tensor& x) const {
  check_points(x, dim());
  const NormalFamily family(kind_, dim());
  const FeatureBlocks blocks(x, family, centre_, components());
  Tensor result = at::empty({x.size(0), components()}, at::kDouble);
  for (int64_t b = 0; b < blocks.count(); ++b) {
    Tensor joint = family.joint(coefficients_, blocks.at(b));
    normalise(joint);
    result.slice(0, blocks.first(b), blocks.first(b) + joint.size(1)).copy_(joint.t());
  }
  return result;
}

Tensor GaussianMixture::sample(int64_t n, Rng& rng) const {
  const Tensor k = at::multinomial(weights_, std::max<int64_t>(n, 1), /*replacement=*/true, rng).slice(0, 0, n);
  const Tensor z = randn({n, dim()}, rng, at::kCPU, at::kDouble);
  Tensor x = means_.index_select(0, k);
  if (kind_ == Covariance::spherical) return x + z * covariances_.sqrt().index_select(0, k).unsqueeze(1);
  if (kind_ == Covariance::diagonal) return x + z * covariances_.sqrt().index_select(0, k);
  const Tensor l = at::linalg_cholesky(covariances_);
  for (int64_t c = 0; c < components(); ++c) {  // not l[k], which has d^2 numbers a draw
    const Tensor rows = k.eq(c).nonzero().squeeze(1);
    if (rows.numel() > 0) x.index_add_(0, rows, at::mm(z.index_select(0, rows), l[c].t()));
  }
  return x;
}

std::optional<double> GaussianMixture::entropy() const {
  if (components() != 1) return std::nullopt;
  const auto d = static_cast<double>(dim());
  const double log_det = kind_ == Covariance::full       ? at::logdet(covariances_[0]).item<double>()
                         : kind_ == Covariance::diagonal ? covariances_.log().sum().item<double>()
                                                         : d * std::log(covariances_.item<double>());
  return (d * (1 + kLog2Pi) + log_det) / 2;
}

std::vector<Landmark> GaussianMixture::landmarks() const {
  const auto rows = [this](const Tensor& x) {
    const Tensor values = x.expand({components(), dim()}).contiguous();
    const double* data = values.const_data_ptr<double>();
    std::vector<std::vector<double>> all;
    all.reserve(static_cast<size_t>(components()));
    for (int64_t k = 0; k < components(); ++k) all.emplace_back(data + k * dim(), data + (k + 1) * dim());
    return all;
  };
  const bool full = kind_ == Covariance::full;
  const Tensor variance = full                            ? covariances_.diagonal(0, 1, 2)
                          : kind_ == Covariance::diagonal ? covariances_
                                                          : covariances_.unsqueeze(1);
  // given the other coordinates, coordinate i has the variance 1 / precision_ii
  const Tensor given = full ? 1 / at::cholesky_inverse(at::linalg_cholesky(covariances_)).diagonal(0, 1, 2) : variance;
  const auto at = rows(means_), extent = rows(variance.sqrt()), grain = rows(given.sqrt());
  std::vector<Landmark> all;
  all.reserve(at.size());
  for (size_t k = 0; k < at.size(); ++k) all.push_back({at[k], extent[k], grain[k]});
  return all;
}

double GaussianMixture::mean_log_likelihood(const Tensor& x) const { return log_prob(x).mean().item<double>(); }

GaussianMixture GaussianMixture::restored(const Units& units) const {
  if (!units.defined()) return *this;
  const Tensor& scale = units.scale;
  if (kind_ == Covariance::spherical && !scale.eq(scale[0]).all().item<bool>())
    throw Error("mixture: expected one scale for spherical covariances, got several");
  Tensor covariances = covariances_ * scale * scale;
  if (kind_ == Covariance::full) covariances = covariances_ * scale * scale.unsqueeze(1);
  if (kind_ == Covariance::spherical) covariances = covariances_ * scale[0] * scale[0];
  const Tensor variances = kind_ == Covariance::full ? covariances.diagonal(0, 1, 2) : covariances;
  if (!covariances.isfinite().all().item<bool>() || !variances.ge(kSmallestVariance).all().item<bool>())
    throw Error(
        "mixture: expected standard deviations from 1e-150 to 1e150, whose squares float64 holds, got others "
        "(multiply such columns by a constant)");
  return {weights_, units.restore(means_), covariances, kind_};
}

int64_t GaussianMixture::parameter_count() const {
  const int64_t d = dim();
  const int64_t each = kind_ == Covariance::full ? d * (d + 1) / 2 : kind_ == Covariance::diagonal ? d : 1;
  return components() * (d + each) + components() - 1;
}

double GaussianMixture::bic(const Tensor& x) const {
  const auto n = static_cast<double>(x.size(0));
  return -2 * n * mean_log_likelihood(x) + static_cast<double>(parameter_count()) * std::log(n);
}

}  // namespace saddle
