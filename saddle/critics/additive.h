// Additive critics: one function a column, and products of columns that differ.
#pragma once
#include "saddle/critics/critic.h"

namespace saddle {

/// Fits logit(x) = sum_c f_c(x_c) over the columns and the six leading principal directions, each f_c piecewise linear
/// with knots at its quantiles.
Critic fit_additive(const Labelled& train, const Labelled& held, uint64_t seed);

/// Fits a logistic regression on the columns and on those products of two columns whose means differ between the sides
/// by more than three standard errors; at most 300 of them, the most significant ones.
Critic fit_products(const Labelled& train, const Labelled& held, uint64_t seed);

}  // namespace saddle
