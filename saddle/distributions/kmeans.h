// Clusters of points: k-means++ and Lloyd's algorithm, as a start for what fits mixtures.
#pragma once
#include <cstdint>

#include "saddle/base/rng.h"
#include "saddle/base/tensor.h"

namespace saddle {

/// Returns k centres of the rows of x by greedy k-means++ and `steps` Lloyd steps.
///
/// A cluster that loses all its points keeps its centre; with fewer different points than k some centres coincide.
/// Shapes: x [n, d] float64 with n >= 1; result [k, d].
/// Cost: O(n k d (log k + steps)).
/// Source: Arthur and Vassilvitskii 2007, k-means++, section 5 (greedy: the best of 2 + log k candidates).
Tensor kmeans_centres(const Tensor& x, int64_t k, int64_t steps, Rng& rng);

}  // namespace saddle
