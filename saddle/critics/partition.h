// Counts in the cells of random partitions: a critic for few dimensions and any shape of support.
#pragma once
#include "saddle/critics/critic.h"

namespace saddle {

/// Fits log ratios of counts in the cells of random partition trees, at the cell size with the largest V on `held`.
///
/// A cell is cut at the median of its rows along a random direction in which it is wide, without a look at labels, so
/// that cells follow the support whatever its shape. A row's log-odds are those of its cells' counts summed over trees.
/// Cost: O(trees n log n). Source: Dasgupta and Freund 2008, Random projection trees; counts as in Wang, Kulkarni and
/// Verdu 2005, Divergence estimation based on data-dependent partitions.
Critic fit_partition(const Labelled& train, const Labelled& held, uint64_t seed);

}  // namespace saddle
