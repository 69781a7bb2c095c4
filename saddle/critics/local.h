// Local critics: one quadratic for each cluster of the rows.
#pragma once
#include "saddle/critics/critic.h"

namespace saddle {

/// Features of points about the components of a Gaussian mixture that was fitted without a look at labels.
///
/// Of each component: its responsibility r, r u and r u_i u_j, u being the offset from its mean in its standard
/// deviations. Their weights are log ratios of weights, shifts and changes of shape, cluster by cluster.
class LocalFeatures {
 public:
  /// Fits the mixture to at most 6,000 of the rows [n, d], with as many components as 360 features allow where
  /// `components` is 0.
  LocalFeatures(const Tensor& rows, uint64_t seed, int64_t components = 0);

  /// Shapes: rows [n, d]; result [n, k] float32.
  Tensor operator()(const Tensor& rows) const;

 private:
  std::function<Tensor(const Tensor&)> responsibilities_;
  Tensor means_, deviations_;  // [K, d] float32
};

/// Fits a logistic regression on the local features of the decorrelated rows.
Critic fit_local(const Labelled& train, const Labelled& held, uint64_t seed);

}  // namespace saddle
