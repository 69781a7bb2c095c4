// The densities that divergences of two known densities are integrals of.
#pragma once
#include <vector>

#include "saddle/base/tensor.h"
#include "saddle/divergences/exact.h"

namespace saddle {

/// log(1 + e^x).
Tensor log1p_exp(const Tensor& x);

/// The densities of KL, reverse KL, JSD, total variation, squared Hellinger and chi^2 at points, from the logs of p and
/// q there; each is written so that it is nowhere negative, which leaves the integrals as they are.
///
/// Shapes: log_p and log_q [n] float64, result [n, 6].
Tensor divergence_densities(const Tensor& log_p, const Tensor& log_q);

/// A value that quadrature found.
ExactValue by_quadrature(double value);

/// Takes over the integrals of those six, the bounded ones at most at their largest.
void set_integrals(const std::vector<double>& values, ExactDivergences& result);

}  // namespace saddle
