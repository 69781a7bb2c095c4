// Divergences of two normal distributions in closed form, and their reduction to fewer dimensions.
#pragma once
#include <memory>
#include <optional>

#include "saddle/distributions/distribution.h"

namespace saddle {

/// Two normal distributions in R^d, in coordinates where Q = N(0, I) and P = N(shift, diag(variances)).
class GaussianPair {
 public:
  /// The pair, where both are normal: Normal, MultivariateNormal, or a mixture of one such.
  static std::optional<GaussianPair> of(const Distribution& p, const Distribution& q);

  double kl() const;                 // KL(P||Q)
  double reverse_kl() const;         // KL(Q||P)
  double squared_hellinger() const;  // 1 - int sqrt(pq)
  double pearson_chi2() const;       // int (p - q)^2 / q; infinite where a variance is at least 2
  double wasserstein2() const;       // Bures' distance

  /// W_1 where the covariances are equal, or both are spherical about one mean.
  std::optional<double> wasserstein1() const;

  /// Two distributions on the line or in the plane with the same f-divergences, where there are such.
  ///
  /// Coordinates in which P and Q agree drop out, those that differ by a shift alone are one, and a common mean with
  /// one ratio of variances leaves the radius. Two equal distributions reduce to two equal ones.
  using Reduced = std::pair<std::shared_ptr<const Distribution>, std::shared_ptr<const Distribution>>;
  std::optional<Reduced> reduced() const;  // none: there are no such two

 private:
  GaussianPair() = default;

  Tensor shift_, variances_;             // [d]
  double distance_ = 0;                  // of the means, in the original coordinates
  double w2_covariances_ = 0;            // the squared Bures distance of the covariances
  std::optional<double> p_std_, q_std_;  // where both are spherical
};

}  // namespace saddle
