// Mixtures of any distributions.
#pragma once
#include "saddle/distributions/distribution.h"

namespace saddle {

/// The density sum_k weights[k] p_k(x).
class Mixture final : public Distribution {
 public:
  /// Throws: Error unless weights are at least 0 and sum to 1, one a component, and the components share a dimension.
  Mixture(std::vector<double> weights, std::vector<std::shared_ptr<const Distribution>> components);

  int64_t dim() const override { return components_.front()->dim(); }
  Tensor sample(int64_t n, Rng& rng) const override;
  Tensor log_prob(const Tensor& x) const override;

  /// The component's own entropy where there is one component only.
  std::optional<double> entropy() const override;

  std::vector<Landmark> landmarks() const override;

  const std::vector<double>& weights() const { return weights_; }  // one a component
  const std::vector<std::shared_ptr<const Distribution>>& components() const {
    return components_;
  }  // the densities that are mixed

 private:
  std::vector<double> weights_;
  std::vector<std::shared_ptr<const Distribution>> components_;
};

}  // namespace saddle
