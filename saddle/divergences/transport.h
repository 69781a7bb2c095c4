// Wasserstein distances of known densities on the line, by their quantile functions.
#pragma once
#include "saddle/distributions/distribution.h"

namespace saddle {

/// W_1 and W_2 of two distributions; infinite where the means or variances are.
struct Transport {
  double w1, w2;
};

/// Integrates powers of the distance between the quantile functions of P and Q, whose densities have landmarks.
///
///   W_k^k = integral over u in [0, 1] of |F^-1(u) - G^-1(u)|^k
///
/// Each half of [0, 1] is integrated over t = -log(2 u), or -log(2 (1 - u)), so that tails keep their digits.
/// Result: to about 1e-9. Throws: Error unless both are on the line and have landmarks.
Transport transport_on_line(const Distribution& p, const Distribution& q);

}  // namespace saddle
