// Implements local critics.
#include "saddle/critics/local.h"

#include "saddle/critics/logistic.h"
#include "saddle/distributions/gaussian_mixture.h"

namespace saddle {
namespace {

constexpr int64_t kMostLocal = 360;
constexpr int64_t kRowsAComponent = 60;  // at least, of those that the mixture is fitted to
constexpr int64_t kMostLocalRows = 6000;
constexpr double kReach = 5;  // standard deviations up to which offsets count

int64_t component_count(int64_t rows, int64_t d) {
  const int64_t features = 1 + d + d * (d + 1) / 2;
  return std::max<int64_t>(1, std::min(rows / kRowsAComponent, kMostLocal / features));
}

}  // namespace

LocalFeatures::LocalFeatures(const Tensor& rows, uint64_t seed, int64_t components) {
  const int64_t stride = (rows.size(0) + kMostLocalRows - 1) / kMostLocalRows;
  const Tensor some = rows.slice(0, 0, rows.size(0), stride);
  MixtureOptions options;
  options.components = components > 0 ? components : component_count(some.size(0), rows.size(1));
  options.max_iterations = 30;
  options.tolerance = 1e-4;
  options.floor = 1e-8;
  options.seed = seed;
  const auto mixture = std::make_shared<GaussianMixture>(fit_mixture(some, options).mixture);
  responsibilities_ = [mixture](const Tensor& x) { return mixture->responsibilities(x).to(at::kFloat); };
  means_ = mixture->means().to(at::kFloat);
  deviations_ = mixture->covariances().diagonal(0, 1, 2).sqrt().to(at::kFloat);
}

Tensor LocalFeatures::operator()(const Tensor& rows) const {
  const int64_t n = rows.size(0), d = rows.size(1);
  const Tensor u = ((rows.unsqueeze(1) - means_) / deviations_).clamp_(-kReach, kReach);  // [n, K, d]
  std::vector<Tensor> parts = {at::ones({n, means_.size(0), 1}), u};
  for (int64_t i = 0; i < d; ++i) parts.push_back(u.slice(2, i, i + 1) * u.slice(2, i));
  return at::cat(parts, 2).mul_(responsibilities_(rows).unsqueeze(2)).flatten(1);
}

Critic fit_local(const Labelled& train, const Labelled& held, uint64_t seed) {
  // The rows of P come first: a stride over them shuffled sees both sides alike.
  const Tensor shuffled = train.white.index_select(0, at::randperm(train.size(), make_rng(seed, "local"), at::kLong));
  const LocalFeatures features(shuffled, seed);
  return fit_ridge_path([features](const Labelled& rows) { return features(rows.white); }, train, held);
}

}  // namespace saddle
