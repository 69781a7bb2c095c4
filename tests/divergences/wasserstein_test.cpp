// Tests of Wasserstein distances between samples.
#include "saddle/divergences/wasserstein.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"

namespace saddle {
namespace {

TEST(Wasserstein, IsExactOnNumbersDoneByHand) {
  const Tensor x = at::tensor({0.0, 1.0, 3.0}), y = at::tensor({5.0, 6.0, 8.0});
  EXPECT_DOUBLE_EQ(wasserstein(x, y, 1), 5);
  EXPECT_DOUBLE_EQ(wasserstein(x, y, 2), 5);
  // {0, 3} against {1}: each half of the mass moves by 1 and by 2
  EXPECT_DOUBLE_EQ(wasserstein(at::tensor({3.0, 0.0}), at::tensor({1.0}), 1), 1.5);
  EXPECT_DOUBLE_EQ(wasserstein(at::tensor({3.0, 0.0}), at::tensor({1.0}), 2), std::sqrt(2.5));
  // {0, 6} against {0, 3, 6}: the third quarter of the mass moves, 1/6 from 0 to 3 and 1/6 from 6 to 3
  EXPECT_NEAR(wasserstein(at::tensor({0.0, 6.0}), at::tensor({0.0, 3.0, 6.0}), 1), 1, 1e-12);
  EXPECT_NEAR(wasserstein(at::tensor({0.0, 3.0, 6.0}), at::tensor({6.0, 0.0}), 2), std::sqrt(3.0), 1e-12);
}

TEST(Wasserstein, OfRepeatedSamplesIsThatOfTheSamples) {
  Rng rng = make_rng(1, "test");
  const Tensor x = randn({70}, rng, at::kCPU, at::kDouble), y = randn({50}, rng, at::kCPU, at::kDouble);
  for (const int order : {1, 2})
    EXPECT_NEAR(wasserstein(x, y, order), wasserstein(x.repeat({5}), y.repeat({7}), order), 1e-12);
}

TEST(Wasserstein, RefusesAnEmptySampleAndOtherOrders) {
  EXPECT_THROW(wasserstein(at::zeros({0}), at::zeros({2}), 1), Error);
  EXPECT_THROW(wasserstein(at::zeros({2}), at::zeros({2}), 3), Error);
}

TEST(SlicedWasserstein, IsTheWassersteinDistanceInOneDimension) {
  Rng rng = make_rng(2, "test");
  const Tensor x = randn({300, 1}, rng), y = randn({200, 1}, rng) + 1;
  const SlicedWasserstein sliced = sliced_wasserstein(x, y, 1);
  EXPECT_NEAR(sliced.w1, wasserstein(x, y, 1), 1e-12);
  EXPECT_NEAR(sliced.w2, wasserstein(x, y, 2), 1e-12);
}

// A shift by s along one axis: along a random direction of the plane the distance is s |cos t|, of mean 2 s / pi and
// mean square s^2 / 2. The mean of 64 directions has a standard error of 0.04 s; the bound is at 4 of them (1 in 16,000
// seeds).
TEST(SlicedWasserstein, AveragesAShiftOverTheDirections) {
  Rng rng = make_rng(3, "test");
  const Tensor x = randn({2000, 2}, rng);
  const SlicedWasserstein sliced = sliced_wasserstein(x, x + at::tensor({10.0, 0.0}), 1);
  EXPECT_NEAR(sliced.w1, 10 * 2 / M_PI, 1.6);
  EXPECT_NEAR(sliced.w2, 10 / std::sqrt(2.0), 1.6);
  EXPECT_LT(sliced.w1_null_mean, sliced.w1);
}

// The null mean is the mean of the distance over draws where P = Q: the means of 40 draws have standard errors of about
// 5 % of it, and the bound is at 4 of the difference.
TEST(SlicedWasserstein, HasTheMeanUnderPEqualsQAsItsNullMean) {
  Rng rng = make_rng(4, "test");
  SlicedWasserstein mean{};
  constexpr int kDraws = 40;
  for (int i = 0; i < kDraws; ++i) {
    const SlicedWasserstein one = sliced_wasserstein(randn({200, 2}, rng), randn({300, 2}, rng), i);
    mean.w1 += one.w1 / kDraws;
    mean.w2 += one.w2 / kDraws;
    mean.w1_null_mean += one.w1_null_mean / kDraws;
    mean.w2_null_mean += one.w2_null_mean / kDraws;
  }
  EXPECT_NEAR(mean.w1 / mean.w1_null_mean, 1, 0.25);
  EXPECT_NEAR(mean.w2 / mean.w2_null_mean, 1, 0.25);
}

TEST(SlicedWasserstein, TakesImagesAndRefusesRowsOfTwoSizes) {
  Rng rng = make_rng(5, "test");
  EXPECT_GT(sliced_wasserstein(randn({20, 1, 4, 4}, rng), randn({20, 1, 4, 4}, rng) + 1, 1).w1, 0);
  EXPECT_THROW(sliced_wasserstein(at::zeros({5, 2}), at::zeros({5, 3}), 1), Error);
}

}  // namespace
}  // namespace saddle
