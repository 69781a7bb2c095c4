// Gradient-boosted trees on binned columns: a critic for edges, combs, many modes and columns of any scale.
#pragma once
#include "saddle/critics/critic.h"

namespace saddle {

/// Fits boosted regression trees to the logistic loss, and stops where V on `held` no longer grows.
///
/// Beside the columns it sees the decorrelated ones (where there are few) and their norm (boosted_trees.h).
Critic fit_trees(const Labelled& train, const Labelled& held, uint64_t seed);

/// The same with more leaves and bins: for few columns with hundreds of edges.
Critic fit_fine_trees(const Labelled& train, const Labelled& held, uint64_t seed);

}  // namespace saddle
