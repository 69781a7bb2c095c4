// Implements k-means++ and Lloyd's algorithm.
#include "saddle/distributions/kmeans.h"

namespace saddle {
namespace {

/// Squared distances [k, n] of the rows of x to the centres, up to rounding at least 0; `squares` are |x|^2 [n].
Tensor squared_distances(const Tensor& x, const Tensor& squares, const Tensor& centres) {
  Tensor d = at::mm(centres, x.t()).mul_(-2);
  return d.add_(centres.square().sum(1, true)).add_(squares).clamp_min_(0);
}

/// k-means++: each next centre is a row drawn with probability proportional to its squared distance to the nearest.
Tensor spread_centres(const Tensor& x, const Tensor& squares, int64_t k, Rng& rng) {
  const auto candidates = 2 + static_cast<int64_t>(std::log(static_cast<double>(k)));
  std::vector<Tensor> centres = {x.index_select(0, at::randint(x.size(0), {1}, rng, at::kLong))};
  Tensor nearest = squared_distances(x, squares, centres[0]).squeeze(0);
  while (static_cast<int64_t>(centres.size()) < k) {
    const bool spread = nearest.sum().item<double>() > 0;
    const Tensor drawn = spread ? at::multinomial(nearest, candidates, /*replacement=*/true, rng)
                                : at::randint(x.size(0), {candidates}, rng, at::kLong);
    const Tensor rows = x.index_select(0, drawn);
    const Tensor after = at::minimum(squared_distances(x, squares, rows), nearest);
    const int64_t best = after.sum(1).argmin().item<int64_t>();
    centres.push_back(rows.slice(0, best, best + 1));
    nearest = after[best];
  }
  return at::cat(centres);
}

}  // namespace

Tensor kmeans_centres(const Tensor& x, int64_t k, int64_t steps, Rng& rng) {
  const Tensor squares = x.square().sum(1);
  Tensor centres = spread_centres(x, squares, k, rng);
  for (int64_t step = 0; step < steps; ++step) {
    const Tensor label = squared_distances(x, squares, centres).argmin(0);
    const Tensor counts = at::bincount(label, {}, k).to(at::kDouble).unsqueeze(1);
    const Tensor sums = at::zeros_like(centres).index_add_(0, label, x);
    const Tensor moved = at::where(counts.gt(0), sums / counts.clamp_min(1), centres);
    if (at::equal(moved, centres)) break;
    centres = moved;
  }
  return centres;
}

}  // namespace saddle
