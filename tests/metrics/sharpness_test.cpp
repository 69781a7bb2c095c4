// Tests of the sharpness of images.
#include "saddle/metrics/sharpness.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"

namespace saddle {
namespace {

/// White discs on black [n, 1, 32, 32] of many sizes and places, as sharp as pixels allow.
Tensor discs(int64_t n) {
  Rng rng = make_rng(1, "test");
  const Tensor axis = at::arange(32, at::kDouble);
  const Tensor centre = 8 + 16 * rand({n, 2, 1, 1}, rng, at::kCPU, at::kDouble);
  const Tensor radius = 4 + 8 * rand({n, 1, 1}, rng, at::kCPU, at::kDouble);
  const Tensor distance =
      ((axis.view({1, 1, 32}) - centre.select(1, 0)).square() + (axis.view({1, 32, 1}) - centre.select(1, 1)).square())
          .sqrt();
  return (2 * (radius - distance)).clamp(0, 1).unsqueeze(1);
}

Tensor blurred(const Tensor& x) { return at::avg_pool2d(x, {3, 3}, {1, 1}, {1, 1}); }

}  // namespace

TEST(Sharpness, FallsWithEveryBlur) {
  const Tensor x = discs(200);
  const double sharp = sharpness(x).value, soft = sharpness(blurred(x)).value,
               softer = sharpness(blurred(blurred(x))).value;
  EXPECT_LT(soft, 0.8 * sharp);
  EXPECT_LT(softer, 0.8 * soft);
}

TEST(Sharpness, DoesNotTakeNoiseForEdges) {
  const Tensor x = discs(2000);
  Rng rng = make_rng(2, "test");
  const Tensor noise = 0.3 * randn(x.sizes(), rng, at::kCPU, at::kDouble);
  const auto clean = sharpness(x), noisy = sharpness(x + noise);
  // The mean product's standard error is about 6 sigma^2 / sqrt(2 million) = 4e-4 of 0.06: a false alarm in 1e6.
  EXPECT_NEAR(noisy.value, clean.value, 0.01 * clean.value + 0.005);
  EXPECT_LT(sharpness(noise).value, 0.03);
}

TEST(Sharpness, ScalesWithThePixelsAndIsZeroOnFlatImages) {
  const Tensor x = discs(50);
  EXPECT_NEAR(sharpness(x * 127.5 + 127.5).value, 127.5 * sharpness(x).value, 1e-9);
  EXPECT_EQ(sharpness(at::ones({2, 3, 8, 8})).value, 0);
}

TEST(Sharpness, ItsIntervalHoldsTheValueOfManyImages) {
  const double truth = sharpness(discs(5000)).value;
  const Sharpness few = sharpness(discs(100));  // an unlucky seed in 20
  EXPECT_LT(few.lower, truth);
  EXPECT_GT(few.upper, truth);
}

TEST(Sharpness, RefusesWhatIsNoImage) {
  EXPECT_THROW(sharpness(at::zeros({5, 2})), Error);
  EXPECT_THROW(sharpness(at::zeros({5, 1, 2, 8})), Error);
  EXPECT_THROW(sharpness(at::zeros({1, 1, 8, 8})), Error);
}

}  // namespace saddle
