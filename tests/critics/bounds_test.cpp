// Tests of intervals for means and for V(D,G).
#include "saddle/critics/bounds.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"

namespace saddle {
namespace {

const double kLog2 = std::log(2.0);

TEST(EmpiricalBernstein, EqualsItsFormulaOnNumbersDoneByHand) {
  const Tensor x = at::tensor({0.0, 1.0, 0.0, 1.0}, at::kDouble);  // mean 1/2, sample variance 1/3
  const double log_term = std::log(4 / 0.05);
  const double half = std::sqrt(2 * log_term / 3 / 4) + 7 * 10 * log_term / (3 * 3);
  const Interval interval = empirical_bernstein(x, -5, 5, 0.05);
  EXPECT_DOUBLE_EQ(interval.estimate, 0.5);
  EXPECT_DOUBLE_EQ(interval.lower, std::max(-5.0, 0.5 - half));
  EXPECT_DOUBLE_EQ(interval.upper, std::min(5.0, 0.5 + half));
}

TEST(EmpiricalBernstein, RefusesNumbersOutsideTheRange) {
  EXPECT_THROW(empirical_bernstein(at::tensor({0.0, 2.0}), 0, 1, 0.05), Error);
}

// 2,000 intervals at 95 % on skewed 0/1 draws: a bound that holds misses at most 5 %, this one practically never.
TEST(EmpiricalBernstein, CoversTheMeanOfSkewedDraws) {
  Rng rng = make_rng(1, "coverage");
  int missed = 0;
  for (int i = 0; i < 2000; ++i) {
    const Interval interval = empirical_bernstein((rand({200}, rng) < 0.01).to(at::kDouble), 0, 1, 0.05);
    missed += interval.lower > 0.01 || interval.upper < 0.01;
  }
  EXPECT_LE(missed, 20);
}

// At 95 %, misses in 2,000 are binomial with mean 100 and sd 9.7: 60 to 140 fails once in 40,000 seeds.
TEST(NormalInterval, MissesAsOftenAsItSays) {
  Rng rng = make_rng(2, "coverage");
  int missed = 0;
  for (int i = 0; i < 2000; ++i) {
    const Interval interval = normal_interval(randn({500}, rng), 0.05);
    missed += interval.lower > 0 || interval.upper < 0;
  }
  EXPECT_GE(missed, 60);
  EXPECT_LE(missed, 140);
}

TEST(EstimateValue, IsMinusLogFourForADiscriminatorThatKnowsNothing) {
  const ValueEstimate estimate = estimate_value(at::zeros({2000}), at::zeros({2000}), 0.95);
  EXPECT_NEAR(estimate.value.estimate, -2 * kLog2, 1e-12);
  EXPECT_EQ(estimate.jsd_at_least, 0);
}

// D* of N(0,1) against N(1,1) has logit 1/2 - x; V(D*) = -1.1634513967504 (references of the closed forms).
TEST(EstimateValue, CoversTheExactValueOfTheOptimalDiscriminator) {
  Rng rng = make_rng(3, "value");
  const ValueEstimate estimate = estimate_value(0.5 - randn({20000}, rng), 0.5 - (randn({20000}, rng) + 1), 0.95);
  EXPECT_FALSE(estimate.bernstein);
  EXPECT_LT(estimate.value.lower, -1.1634513967504);
  EXPECT_GT(estimate.value.upper, -1.1634513967504);
  EXPECT_LT(estimate.jsd_at_least, 0.1114);
  EXPECT_GT(estimate.jsd_at_least, 0.1);
  EXPECT_NEAR(estimate.real_correct, 0.6915, 0.02);
}

TEST(EstimateValue, UsesEmpiricalBernsteinForFewSamplesAndNearSaturation) {
  EXPECT_TRUE(estimate_value(at::zeros({999}), at::zeros({9999}), 0.95).bernstein);
  const ValueEstimate saturated = estimate_value(at::full({5000}, 30), at::full({5000}, -30), 0.95);
  EXPECT_TRUE(saturated.bernstein);
  EXPECT_LT(saturated.jsd_at_least, kLog2 - 0.001);  // nothing is certain, also at a perfect record
}

// With the best D of N(0, 1) and N(1, 1), whose JSD is 0.111421. It may lie above in 5 % of the draws; of 400, more
// than 34 come once in 1,000 times.
TEST(CertifiedJs, LiesAboveTheJsdAsSeldomAsItSaysAndNotFarBelow) {
  Rng rng = make_rng(5, "certified");
  int above = 0;
  double sum = 0;
  for (int i = 0; i < 400; ++i) {
    const double least = certified_js(0.5 - randn({500}, rng), 0.5 - (randn({500}, rng) + 1), 0.05);
    above += least > 0.111421;
    sum += least;
  }
  EXPECT_LE(above, 34);
  EXPECT_GT(sum / 400, 0.05);  // a standard error of V/2 is 0.013 here
}

// The bound fails in at most 5 % of the draws; of 400, more than 34 come once in 1,000 times. It also must be of use:
// within three standard errors of the mean.
TEST(BettingLowerBound, CoversAndIsTight) {
  int above = 0;
  double distance = 0;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    Rng rng = make_rng(seed, "betting");
    const Tensor x = (rand({500}, rng, at::kCPU, at::kDouble) < 0.1).to(at::kDouble);
    const double bound = betting_lower_bound(x, 0, 1, 0.05);
    above += bound > 0.1 ? 1 : 0;
    distance += (0.1 - bound) / 400;
  }
  EXPECT_LE(above, 34);
  EXPECT_LT(distance, 3 * 0.0134);
}

// Three samples of one mean: as draws of 0 and 1, the bound from all is above it in at most 5 % of 400 cases (more than
// 34 come once in 1,000 times), and never below the largest of their own bounds at a third of the level.
TEST(BettingLowerBound, IsTighterFromThreeSamplesThanTheirBestAtAThirdOfTheLevel) {
  int above = 0;
  double gain = 0;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    Rng rng = make_rng(seed, "three");
    std::vector<Tensor> samples;
    double best = 0;
    for (int k = 0; k < 3; ++k) {
      samples.push_back((rand({150}, rng, at::kCPU, at::kDouble) < 0.3).to(at::kDouble));
      best = std::max(best, betting_lower_bound(samples.back(), 0, 1, 0.05 / 3));
    }
    const double bound = betting_lower_bound(samples, 0, 1, 0.05);
    EXPECT_GE(bound, best - 1e-6);
    above += bound > 0.3 ? 1 : 0;
    gain += (bound - best) / 400;
  }
  EXPECT_LE(above, 34);
  EXPECT_GT(gain, 0.0003);
  EXPECT_THROW(betting_lower_bound(std::vector<Tensor>{}, 0, 1, 0.05), Error);
}

TEST(BettingLowerBound, RefusesValuesOutsideTheRange) {
  EXPECT_THROW(betting_lower_bound(at::full({3}, 2.0), 0, 1, 0.05), Error);
}

TEST(PairMeans, UseAsMuchOfTheLongerSampleAsTheyCan) {
  const Tensor pairs = pair_means(at::tensor({1.0, 3.0}), at::tensor({1.0, 2.0, 3.0, 4.0, 9.0}));
  EXPECT_TRUE(at::allclose(pairs, at::tensor({(1 + 1.5) / 2, (3 + 3.5) / 2}, at::kDouble)));
}

}  // namespace
}  // namespace saddle
