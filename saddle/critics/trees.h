// Gradient-boosted trees on binned columns: a critic for edges, combs, many modes and columns of any scale.
#pragma once
#include "saddle/critics/critic.h"

namespace saddle {

/// Fits boosted regression trees to the logistic loss, and stops where V on `held` no longer grows.
///
/// Each tree splits, best first, on histograms of the columns; its leaves take Newton steps. Rows and columns are
/// sampled for each tree. Beside the columns it sees the decorrelated ones (where there are few) and their norm.
/// Cost: O(trees rows columns). Source: Friedman 2002, Stochastic Gradient Boosting; Ke et al. 2017, LightGBM.
Critic fit_trees(const Labelled& train, const Labelled& held, uint64_t seed);

/// The same with more leaves and bins: for few columns with hundreds of edges.
Critic fit_fine_trees(const Labelled& train, const Labelled& held, uint64_t seed);

}  // namespace saddle
