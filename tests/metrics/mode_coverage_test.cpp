// Tests of mode coverage.
#include "saddle/metrics/mode_coverage.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/distributions/toys.h"

namespace saddle {
namespace {

GaussianMixture ring_mixture() {
  const Tensor angle = 2 * M_PI / 8 * at::arange(8, at::kDouble);
  return {at::full({8}, 0.125, at::kDouble), at::stack({angle.cos(), angle.sin()}, 1), at::full({8}, 1e-4, at::kDouble),
          Covariance::spherical};
}

/// Three modes of unequal weights and shapes, some 20 standard deviations apart.
GaussianMixture unequal_mixture() {
  const Tensor narrow = at::tensor({0.01, 0.0, 0.0, 4.0}, at::kDouble).view({2, 2});
  const Tensor slanted = at::tensor({1.0, 0.9, 0.9, 1.0}, at::kDouble).view({2, 2});
  return {at::tensor({0.2, 0.3, 0.5}, at::kDouble),
          at::tensor({0.0, 0.0, 20.0, 0.0, 0.0, 60.0}, at::kDouble).view({3, 2}),
          at::stack({narrow, slanted, at::eye(2, at::kDouble)}), Covariance::full};
}

}  // namespace

TEST(ModeCoverage, GivesAPerfectSamplerOneMinusExpOfMinusFourAndAHalf) {
  // Binomial standard error at n = 400,000: 1.66e-4; within 5 of them a false alarm has probability 6e-7 a mixture.
  Rng rng = make_rng(1, "test");
  for (const GaussianMixture& mixture : {ring_mixture(), unequal_mixture()}) {
    const ModeCoverage coverage = mode_coverage(mixture, mixture.sample(400'000, rng));
    EXPECT_EQ(coverage.modes, mixture.components());
    EXPECT_NEAR(coverage.quality, 1 - std::exp(-4.5), 5 * 1.66e-4);
    // 2 m RKL is chi-squared with K - 1 <= 7 degrees of freedom; above 45 with probability 1.4e-7.
    EXPECT_LT(coverage.reverse_kl, 45 / (2.0 * 395'000));
  }
}

TEST(ModeCoverage, TellsDroppedModesByTheReverseKl) {
  // k of n missing: log(n / (n - k)), here with sampling noise of (n - k - 1) / (2 m) on average: < 45 / (2 m) in all
  // but 1.4e-7 of runs.
  Rng rng = make_rng(2, "test");
  for (const int64_t missing : {1, 2, 4, 7}) {
    Ring ring;
    for (int64_t k = 0; k < missing; ++k) ring.dropped.push_back(k);
    const ModeCoverage coverage = mode_coverage(ring_mixture(), make_distribution(ring)->sample(100'000, rng));
    const double expected = std::log(8.0 / static_cast<double>(8 - missing));
    EXPECT_EQ(coverage.modes, 8 - missing);
    EXPECT_EQ(coverage.per_mode[0], 0);
    EXPECT_GE(coverage.reverse_kl, expected - 1e-12);
    EXPECT_LT(coverage.reverse_kl, expected + 45 / (2.0 * 98'000));
  }
}

TEST(ModeCoverage, MeasuresDistanceInEachComponentsOwnUnits) {
  const auto at_point = [](double x, double y) {
    return mode_coverage(unequal_mixture(), at::tensor({x, y}, at::kDouble).view({1, 2}));
  };
  EXPECT_EQ(at_point(0, 5.9).per_mode, (std::vector<int64_t>{1, 0, 0}));  // 2.95 standard deviations
  EXPECT_EQ(at_point(0, 6.1).modes, 0);
  EXPECT_EQ(at_point(0.29, 0).modes, 1);
  EXPECT_EQ(at_point(0.31, 0).modes, 0);
  EXPECT_EQ(at_point(22, 2).per_mode, (std::vector<int64_t>{0, 1, 0}));  // along the slant
  EXPECT_EQ(at_point(21, -1).modes, 0);                                  // across it: 4.5
}

TEST(ModeCoverage, CallsOneSampleFarAwayNoModeAndAnInfiniteKl) {
  const ModeCoverage coverage = mode_coverage(ring_mixture(), at::zeros({1, 2}));
  EXPECT_EQ(coverage.modes, 0);
  EXPECT_EQ(coverage.quality, 0);
  EXPECT_TRUE(std::isinf(coverage.reverse_kl));
}

TEST(ModeCoverage, RefusesWhatIsNoSample) {
  EXPECT_THROW(mode_coverage(ring_mixture(), at::zeros({0, 2})), Error);
  EXPECT_THROW(mode_coverage(ring_mixture(), at::zeros({5, 3})), Error);
  EXPECT_THROW(mode_coverage(ring_mixture(), at::full({5, 2}, NAN)), Error);
}

}  // namespace saddle
