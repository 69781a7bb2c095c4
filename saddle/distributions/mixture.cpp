// Implements mixtures.
#include "saddle/distributions/mixture.h"

#include <numeric>

#include "saddle/base/error.h"
#include "saddle/distributions/faces_density.h"

namespace saddle {

Mixture::Mixture(std::vector<double> weights, std::vector<std::shared_ptr<const Distribution>> components)
    : weights_(std::move(weights)), components_(std::move(components)) {
  if (components_.empty() || weights_.size() != components_.size())
    throw Error("mixture: expected at least one component and one weight for each, got " +
                std::to_string(components_.size()) + " components and " + std::to_string(weights_.size()) + " weights");
  for (const double weight : weights_)
    if (!(weight >= 0)) throw Error("mixture: expected weights of at least 0, got " + std::to_string(weight));
  const double sum = std::accumulate(weights_.begin(), weights_.end(), 0.0);
  if (!(std::fabs(sum - 1) < 1e-6))
    throw Error("mixture: expected weights that sum to 1, got the sum " + std::to_string(sum));
  for (double& weight : weights_) weight /= sum;
  for (const auto& component : components_)
    if (shown_shape(*component).size() != 1) throw Error("mixture: expected components that are points, got pictures");
  for (const auto& component : components_)
    if (component->dim() != dim())
      throw Error("mixture: expected components of one dimension, got " + std::to_string(dim()) + " and " +
                  std::to_string(component->dim()));
}

Tensor Mixture::sample(int64_t n, Rng& rng) const {
  const Tensor weights = at::tensor(weights_, at::kDouble);
  const Tensor k = at::multinomial(weights, std::max<int64_t>(n, 1), /*replacement=*/true, rng).slice(0, 0, n);
  Tensor x = at::empty({n, dim()}, at::kDouble);
  for (size_t c = 0; c < components_.size(); ++c) {
    const Tensor rows = k.eq(static_cast<int64_t>(c)).nonzero().squeeze(1);
    if (rows.numel() > 0) x.index_copy_(0, rows, components_[c]->sample(rows.numel(), rng));
  }
  return x;
}

Tensor Mixture::log_prob(const Tensor& x) const {
  Tensor result;
  for (size_t c = 0; c < components_.size(); ++c) {
    if (weights_[c] == 0) continue;
    const Tensor joint = components_[c]->log_prob(x) + std::log(weights_[c]);
    result = result.defined() ? at::logaddexp(result, joint) : joint;
  }
  return result;
}

std::optional<double> Mixture::entropy() const {
  return components_.size() == 1 ? components_.front()->entropy() : std::nullopt;
}

std::vector<Landmark> Mixture::landmarks() const {
  std::vector<Landmark> all;
  for (size_t c = 0; c < components_.size(); ++c) {
    if (weights_[c] == 0) continue;
    const auto own = components_[c]->landmarks();
    if (own.empty()) return {};
    all.insert(all.end(), own.begin(), own.end());
  }
  return all;
}

}  // namespace saddle
