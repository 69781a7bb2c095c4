// Tests of how often the intervals of distances of features hold what they are for.
#include "saddle/base/rng.h"
#include "saddle/metrics/frechet.h"
#include "saddle/metrics/kernel_distance.h"
#include "tests/statistics/claims.h"

namespace saddle {
namespace {

using testing::expect_at_least;
using testing::repeats;

/// Two distributions of features, and how many rows are drawn of each.
struct FeaturePair {
  const char* name;
  int64_t d, n, m;
  double decay;         // the spread of feature k is k to the power of minus this: 0: all alike, 1: a few count
  double shift, scale;  // of Q, in spreads of P
  int64_t group;        // rows of a group, which share 0.7 of their variance
  bool rectified;       // at 0, as features of a network are
};

constexpr FeaturePair kFeaturePairs[] = {
    {"P = Q, 8 features alike, 200 rows", 8, 200, 200, 0, 0, 1, 1, false},
    {"shifted, 8 features alike, 200 rows", 8, 200, 200, 0, 0.3, 1, 1, false},
    {"P = Q, one of 8 features counts, 200 rows", 8, 200, 200, 2, 0, 1, 1, false},
    {"shifted, one of 8 features counts, 200 rows", 8, 200, 200, 2, 0.3, 1, 1, false},
    {"P = Q, 16 features, rectified, 200 and 1000 rows", 16, 200, 1000, 0.5, 0, 1, 1, true},
    {"shifted, 16 features, rectified, 200 and 1000 rows", 16, 200, 1000, 0.5, 0.2, 1.1, 1, true},
    {"P = Q, few of 32 features count, 500 rows", 32, 500, 500, 1, 0, 1, 1, false},
    {"shifted and wider, few of 32 features count, 500 rows", 32, 500, 500, 1, 0.2, 1.1, 1, false},
    {"P = Q, 64 features, 100 rows", 64, 100, 100, 0.5, 0, 1, 1, false},
    {"shifted, 64 features, 100 rows", 64, 100, 100, 0.5, 0.2, 1, 1, false},
    {"P = Q, 64 features, rectified, 2000 rows", 64, 2000, 2000, 0.5, 0, 1, 1, true},
    {"shifted, 64 features, rectified, 2000 rows", 64, 2000, 2000, 0.5, 0.05, 1, 1, true},
    {"P = Q, 32 features, 200 groups of 5 rows", 32, 1000, 1000, 0.5, 0, 1, 5, false},
    {"shifted, 32 features, 200 groups of 5 rows", 32, 1000, 1000, 0.5, 0.2, 1.1, 5, false},
};

Tensor draw_features(const FeaturePair& pair, int64_t n, bool is_q, Rng& rng) {
  const Tensor spread = at::arange(1, pair.d + 1, at::kDouble).pow(-pair.decay);
  Tensor x = randn({n, pair.d}, rng, at::kCPU, at::kDouble);
  if (pair.group > 1) {
    const Tensor shared = randn({n / pair.group, pair.d}, rng, at::kCPU, at::kDouble);
    x = std::sqrt(0.3) * x + std::sqrt(0.7) * shared.repeat_interleave(pair.group, 0);
  }
  if (is_q) x = x * pair.scale + pair.shift;
  if (pair.rectified) x = (x + 0.3).clamp_min(0);
  return x * spread;
}

struct Ends {
  double estimate, lower, upper;
};

/// Draws a pair of samples many times, and compares the intervals with the mean of the estimates.
void expect_intervals_to_hold(const char* what, const FeaturePair& pair,
                              Ends (*compute)(const Tensor& p, const Tensor& q, const Tensor& groups)) {
  const int count = repeats(pair.n > 1000 ? 400 : 1000, pair.n > 1000 ? 2 : 15);
  const Tensor groups = pair.group > 1 ? at::arange(pair.n).floor_divide(pair.group) : Tensor();
  std::vector<Ends> all;
  all.reserve(static_cast<size_t>(count));
  double mean = 0;
  for (int i = 0; i < count; ++i) {
    Rng rng = make_rng(static_cast<uint64_t>(i), pair.name);
    const Tensor p = draw_features(pair, pair.n, false, rng), q = draw_features(pair, pair.m, true, rng);
    all.push_back(compute(p, q, groups));
    mean += all.back().estimate / count;
  }
  int held = 0;
  for (const Ends& ends : all) held += ends.lower <= mean && mean <= ends.upper ? 1 : 0;
  expect_at_least((std::string(what) + pair.name).c_str(), held, count, 0.95);
}

TEST(FrechetInterval, HoldsTheDistanceThatSuchSamplesHaveOnAverage) {
  for (const FeaturePair& pair : kFeaturePairs)
    expect_intervals_to_hold("fd: ", pair, [](const Tensor& p, const Tensor& q, const Tensor& groups) {
      const FrechetDistance fd = frechet_distance(p, q, {0.95, /*bias=*/false, 0, groups, groups});
      return Ends{fd.distance, fd.lower, fd.upper};
    });
}

TEST(KernelInterval, HoldsTheDistance) {
  for (const FeaturePair& pair : kFeaturePairs)
    expect_intervals_to_hold("kd: ", pair, [](const Tensor& p, const Tensor& q, const Tensor& groups) {
      const KernelDistance kd = kernel_distance(p, q, {0.95, 0, groups, groups});
      return Ends{kd.distance, kd.lower, kd.upper};
    });
}

}  // namespace
}  // namespace saddle
