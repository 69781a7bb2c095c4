// Linear and quadratic critics: the exact log ratio of two Gaussians.
#pragma once
#include "saddle/critics/critic.h"

namespace saddle {

/// Fits a logistic regression on the columns.
Critic fit_linear(const Labelled& train, const Labelled& held, uint64_t seed);

/// Fits a logistic regression on the decorrelated columns and their products.
///
/// With more than 15 columns, products stand only along the directions in which the two covariances differ by more than
/// sampling explains (eigenvectors of cov(P)^-1 cov(Q) outside the bulk that equal covariances give), and the sum of
/// squares along all others.
/// Source: Wachter 1980, The limiting empirical measure of multiple discriminant ratios (the bulk's edges).
Critic fit_quadratic(const Labelled& train, const Labelled& held, uint64_t seed);

/// The log ratio of two normals with estimated means and covariances, each covariance drawn towards their mean by the
/// share, of four, with the largest V on `held`: for dense small differences of many columns.
Critic fit_gaussian(const Labelled& train, const Labelled& held, uint64_t seed);

/// All products x_i x_j, i <= j, behind the columns themselves. Shapes: x [n, d], result [n, d + d (d + 1) / 2].
Tensor with_products(const Tensor& x);

}  // namespace saddle
