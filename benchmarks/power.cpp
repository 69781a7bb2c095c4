// Counts how often the two-sample test rejects on the arrays of Biggs, Schrab and Gretton 2023 (MMD-FUSE), section 5.

// bench_power ARRAY null|alternative COUNT FIRST LAST   prints how many of the seeds FIRST to LAST - 1 are rejected
#include <cstdio>
#include <string>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/critics/two_sample_test.h"

using namespace saddle;

namespace {

constexpr double kLevel = 0.05;
constexpr int64_t kPermutations = 499;

/// Four normals about (+-20, +-20) with equal weights; one of them has another standard deviation.
Tensor mixture(int64_t n, double last_std, Rng& rng) {
  const Tensor mode = at::randint(4, {n}, rng, at::kLong);
  const Tensor centres = at::stack({mode.remainder(2), mode.div(2, "floor")}, 1).to(at::kDouble) * 40 - 20;
  const Tensor std = at::where(mode.eq(3), last_std, 1.0).unsqueeze(1);
  return centres + std * randn({n, 2}, rng, at::kCPU, at::kDouble);
}

/// exp(-1 / (1 - (4 t + 3)^2)) on (-1, -1/2), the negative of the same on (-1/2, 0), else 0.
Tensor wiggle(const Tensor& t) {
  const auto bump = [](const Tensor& u) {
    return at::where(u.abs() < 1, (-1 / (1 - u.square()).clamp_min(1e-12)).exp(), 0.0);
  };
  return bump(4 * t + 3) - bump(4 * t + 1);
}

/// The uniform distribution on (0, 1) with two wiggles of random signs, whose density reaches 1 + scale.
Tensor perturbed_uniform(int64_t n, double scale, Rng& rng) {
  constexpr int kWiggles = 2;
  const Tensor signs = 2 * at::randint(2, {kWiggles}, rng, at::kDouble) - 1;
  std::vector<Tensor> kept;
  for (int64_t count = 0; count < n;) {
    const Tensor x = rand({2 * n}, rng, at::kCPU, at::kDouble), y = rand({2 * n}, rng, at::kCPU, at::kDouble);
    Tensor density = at::ones_like(x);
    for (int i = 0; i < kWiggles; ++i) density += scale * std::exp(1.0) * signs[i] * wiggle(x * kWiggles - (i + 1));
    kept.push_back(x.index({y * (1 + scale) < density}));
    count += kept.back().size(0);
  }
  return at::cat(kept).slice(0, 0, n).unsqueeze(1);
}

std::pair<Tensor, Tensor> draw(const std::string& array, bool alternative, int64_t n, uint64_t seed) {
  Rng rng = make_rng(seed, "bench power " + array);
  if (array == "mixture") {
    const Tensor p = mixture(n, 1, rng);
    return {p, mixture(n, alternative ? 1.3 : 1, rng)};
  }
  if (array != "perturbed_uniform") throw Error(unknown_name("array", array, {"mixture", "perturbed_uniform"}));
  const Tensor p = perturbed_uniform(n, alternative ? 0.2 : 0, rng);
  return {p, rand({n, 1}, rng, at::kCPU, at::kDouble)};
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 6) throw Error("bench_power: expected ARRAY null|alternative COUNT FIRST LAST");
    const uint64_t first = std::stoull(argv[4]), last = std::stoull(argv[5]);
    int rejected = 0;
    for (uint64_t seed = first; seed < last; ++seed) {
      const auto [p, q] = draw(argv[1], std::string(argv[2]) == "alternative", std::stoll(argv[3]), seed);
      rejected +=
          two_sample_test(p, q, {seed, kPermutations, /*plant=*/false, {}, {}, {}, {}}).p_value <= kLevel ? 1 : 0;
    }
    std::printf("%d\n", rejected);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}
