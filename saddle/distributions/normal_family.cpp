// Implements the exponential family of normal distributions.
#include "saddle/distributions/normal_family.h"

#include "saddle/base/constants.h"

namespace saddle {
namespace {

constexpr int64_t kWrittenOut = 24;         // dimensions up to which the products of `full` are written out
constexpr int64_t kCacheNumbers = 1 << 17;  // of a block: about the second-level cache
constexpr int64_t kBlockNumbers = 1 << 20;  // of a block with many numbers a row: matrix products want long rows
constexpr int64_t kKeptNumbers = 1 << 24;   // features of all rows are kept up to 128 MB, and made anew above

/// What may be multiplied with the transpose of itself.
Tensor matrix(const Tensor& flat, int64_t d) { return flat.view({d, d}); }

}  // namespace

NormalFamily::NormalFamily(Covariance kind, int64_t d)
    : kind_(kind), d_(d), written_out_(kind == Covariance::full && d <= kWrittenOut) {
  if (!written_out_) return;
  const Tensor pairs = at::triu_indices(d, d);
  i_ = pairs[0].contiguous();
  j_ = pairs[1].contiguous();
}

int64_t NormalFamily::statistics() const {
  if (kind_ == Covariance::full) return 1 + d_ + (written_out_ ? d_ * (d_ + 1) / 2 : d_ * d_);
  return 1 + d_ + (kind_ == Covariance::diagonal ? d_ : 1);
}

int64_t NormalFamily::feature_count() const {
  return kind_ == Covariance::full && !written_out_ ? 1 + d_ : statistics();
}

Tensor NormalFamily::features(const Tensor& x, const Tensor& centre) const {
  const Tensor phi = at::empty({feature_count(), x.size(0)}, at::kDouble);
  phi[0].fill_(1);
  Tensor linear = phi.slice(0, 1, 1 + d_), square = phi.slice(0, 1 + d_);
  linear.copy_(x.t()).sub_(centre.unsqueeze(1));
  if (written_out_)
    for (int64_t row = 0, first = 0; row < d_; first += d_ - row, ++row) {
      Tensor products = square.slice(0, first, first + d_ - row);
      at::mul_out(products, linear.slice(0, row), linear.slice(0, row, row + 1));
    }
  else if (kind_ == Covariance::diagonal)
    at::mul_out(square, linear, linear);
  else if (kind_ == Covariance::spherical)
    square.copy_(linear.square().sum(0, true));
  return phi;
}

Tensor NormalFamily::coefficients(const NormalParameters& p) const {
  const auto d = static_cast<double>(d_);
  Tensor linear, square, constant = p.weights.log() - d * kLog2Pi / 2;
  if (kind_ == Covariance::full) {
    const Tensor root = at::linalg_cholesky(p.covariances), precision = at::cholesky_inverse(root);
    constant = constant - root.diagonal(0, 1, 2).log().sum(1);
    linear = at::matmul(precision, p.means.unsqueeze(2)).squeeze(2);
    square = precision.flatten(1) * -0.5;
    if (written_out_) square = square.index_select(1, i_ * d_ + j_) * at::where(i_.eq(j_), 1.0, 2.0).to(at::kDouble);
  } else if (kind_ == Covariance::diagonal) {
    constant = constant - p.covariances.log().sum(1) / 2;
    linear = p.means / p.covariances;
    square = -0.5 / p.covariances;
  } else {
    constant = constant - p.covariances.log() * (d / 2);
    linear = p.means / p.covariances.unsqueeze(1);
    square = (-0.5 / p.covariances).unsqueeze(1);
  }
  constant = constant - (linear * p.means).sum(1) / 2;
  return at::cat({constant.unsqueeze(1), linear, square}, 1);
}

Tensor NormalFamily::joint(const Tensor& coefficients, const Tensor& features) const {
  Tensor joint = at::mm(coefficients.slice(1, 0, feature_count()), features);
  if (kind_ != Covariance::full || written_out_) return joint;
  const Tensor x = features.slice(0, 1);
  for (int64_t k = 0; k < joint.size(0); ++k)
    joint[k].add_(at::mm(matrix(coefficients[k].slice(0, 1 + d_), d_), x).mul_(x).sum(0));
  return joint;
}

void NormalFamily::add_moments(Tensor& moments, const Tensor& responsibilities, const Tensor& features) const {
  moments.slice(1, 0, feature_count()).addmm_(responsibilities, features.t());
  if (kind_ != Covariance::full || written_out_) return;
  const Tensor x = features.slice(0, 1);
  for (int64_t k = 0; k < moments.size(0); ++k)
    matrix(moments[k].slice(0, 1 + d_), d_).addmm_(x * responsibilities[k], x.t());
}

NormalParameters NormalFamily::maximise(const Tensor& moments, double floor) const {
  const int64_t k = moments.size(0);
  const Tensor n = moments.select(1, 0) + 10 * std::numeric_limits<double>::epsilon(), per = n.unsqueeze(1);
  NormalParameters p;
  p.weights = n / n.sum();
  p.means = moments.slice(1, 1, 1 + d_) / per;
  const Tensor square = moments.slice(1, 1 + d_) / per;
  if (kind_ == Covariance::diagonal) {
    p.covariances = (square - p.means.square()).clamp_min_(floor);
    return p;
  }
  if (kind_ == Covariance::spherical) {
    p.covariances = ((square.squeeze(1) - p.means.square().sum(1)) / static_cast<double>(d_)).clamp_min_(floor);
    return p;
  }
  Tensor second = square;
  if (written_out_) {
    second = at::empty({k, d_ * d_}, at::kDouble);
    second.index_copy_(1, i_ * d_ + j_, square).index_copy_(1, j_ * d_ + i_, square);
  }
  Tensor c = second.view({k, d_, d_}) - p.means.unsqueeze(2) * p.means.unsqueeze(1);
  const Tensor failed = std::get<1>(at::linalg_cholesky_ex(c - floor * at::eye(d_, at::kDouble)));
  if (failed.any().item<bool>()) {  // an eigenvalue lies below the floor
    const auto [values, vectors] = at::linalg_eigh(c);
    c = at::matmul(vectors * values.clamp_min(floor).unsqueeze(1), vectors.transpose(1, 2));
  }
  p.covariances = c;
  return p;
}

FeatureBlocks::FeatureBlocks(const Tensor& x, const NormalFamily& family, const Tensor& centre, int64_t components)
    : x_(x), centre_(centre), family_(family) {
  const int64_t numbers = family.feature_count() + components;
  rows_ = std::max(std::clamp<int64_t>(kCacheNumbers / numbers, 1, 8192),
                   std::clamp<int64_t>(kBlockNumbers / numbers, 1, 1024));
  if (x.size(0) * family.feature_count() > kKeptNumbers) return;
  for (int64_t i = 0; i < count(); ++i) kept_.push_back(make(i));
}

Tensor FeatureBlocks::make(int64_t block) const {
  return family_.features(x_.slice(0, first(block), first(block) + rows_), centre_);
}

Tensor normalise(Tensor& joint) {
  const Tensor top = joint.amax(0);
  joint.sub_(top).exp_();
  const Tensor sum = joint.sum(0);
  joint.div_(sum);
  return top + sum.log();
}

}  // namespace saddle
