// Divergences of two known densities.
#pragma once
#include <limits>

#include "saddle/distributions/distribution.h"

namespace saddle {

/// Where an exact value comes from.
enum class ExactMethod { unknown, closed_form, quadrature, monte_carlo };

/// One value: NaN where it is not known, infinite where it is (or lies beyond 1e308, as chi^2 does for lost modes).
struct ExactValue {
  double value = std::numeric_limits<double>::quiet_NaN();
  double standard_error = 0;  // of Monte Carlo; 0 otherwise
  ExactMethod method = ExactMethod::unknown;
};

/// The divergences of P and Q, in nats where logarithms enter; Wasserstein distances in the units of x.
struct ExactDivergences {
  ExactValue kl;                 // KL(P||Q)
  ExactValue reverse_kl;         // KL(Q||P)
  ExactValue js;                 // in [0, log 2]
  ExactValue total_variation;    // int |p - q| / 2
  ExactValue squared_hellinger;  // 1 - int sqrt(p q)
  ExactValue pearson_chi2;       // int (p - q)^2 / q
  ExactValue wasserstein1, wasserstein2;
};

/// Returns every divergence that it can.
///
/// Normal distributions: closed forms, and for JSD and total variation quadrature of an equivalent pair of at most two
/// dimensions where there is one (GaussianPair). Others on the line and in the plane with known landmarks: adaptive
/// quadrature, to 1e-9 on the line and 1e-6 in the plane
/// (total variation; far better without its kink); Wasserstein distances on the line only. Else Monte Carlo from
/// `samples` draws a side, without chi^2, whose sample means are worthless.
/// Throws: Error if the dimensions differ.
ExactDivergences exact_divergences(const Distribution& p, const Distribution& q, int64_t samples = 200'000);

}  // namespace saddle
