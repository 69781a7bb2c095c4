// Implements walks through latents.
#include "saddle/training/latent_walk.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace saddle {

Tensor on_arc(const Tensor& a, const Tensor& b, double t) {
  const double cosine = (a.dot(b) / (a.norm() * b.norm())).item<double>();
  const double angle = std::acos(std::clamp(cosine, -1.0, 1.0)), sine = std::sin(angle);
  return sine < 1e-3 ? (1 - t) * a + t * b : std::sin((1 - t) * angle) / sine * a + std::sin(t * angle) / sine * b;
}

Tensor closed_walk(const Tensor& ends, int64_t steps) {
  std::vector<Tensor> path;
  path.reserve(static_cast<size_t>(ends.size(0) * steps));
  for (int64_t i = 0; i < ends.size(0); ++i)
    for (int64_t k = 0; k < steps; ++k)
      path.push_back(
          on_arc(ends[i], ends[(i + 1) % ends.size(0)], static_cast<double>(k) / static_cast<double>(steps)));
  return at::stack(path);
}

}  // namespace saddle
