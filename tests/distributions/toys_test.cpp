// Tests of the toy densities.
#include "saddle/distributions/toys.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"

namespace saddle {
namespace {

constexpr int64_t kDraws = 20000;

/// Every density with its default parameters.
std::vector<std::unique_ptr<Sampler>> all_densities(uint64_t seed) {
  std::vector<std::unique_ptr<Sampler>> all;
  all.push_back(make_sampler(make_distribution(Ring{}), make_rng(seed, "test")));
  all.push_back(make_sampler(make_distribution(Grid{}), make_rng(seed, "test")));
  all.push_back(make_sampler(make_distribution(Spiral{}), make_rng(seed, "test")));
  all.push_back(make_sampler(make_distribution(Moons{}), make_rng(seed, "test")));
  return all;
}

Tensor draw(const auto& density, int64_t n = kDraws) {
  return make_sampler(make_distribution(density), make_rng(1, "test"))->sample(n).x;
}

/// Distance of each point to the nearest of `centres` [k, 2], and which one it is.
std::pair<Tensor, Tensor> nearest(const Tensor& x, const Tensor& centres) {
  const auto [distance, index] = at::cdist(x.to(at::kDouble), centres).min(1);
  return {distance, index};
}

Tensor ring_centres(int64_t modes) {
  const Tensor angle = at::arange(modes, at::kDouble) * (2 * M_PI / static_cast<double>(modes));
  return at::stack({angle.cos(), angle.sin()}, 1);
}

}  // namespace

TEST(Toys, GiveFinitePointsInThePlaneWithoutACount) {
  for (const auto& density : all_densities(3)) {
    const Tensor x = density->sample(100).x;
    EXPECT_EQ(x.sizes(), at::IntArrayRef({100, 2}));
    EXPECT_EQ(x.scalar_type(), at::kFloat);
    EXPECT_TRUE(x.isfinite().all().item<bool>());
    EXPECT_EQ(density->shape(), std::vector<int64_t>{2});
    EXPECT_EQ(density->count(), 0);
  }
}

TEST(Toys, GoOnExactlyFromASavedState) {
  const auto before = all_densities(3), after = all_densities(4);
  for (size_t i = 0; i < before.size(); ++i) {
    before[i]->sample(7);
    after[i]->set_state(before[i]->state());
    EXPECT_TRUE(at::equal(before[i]->sample(50).x, after[i]->sample(50).x));
  }
}

TEST(Toys, LeaveTheGeneratorTheyAreGivenAlone) {
  const Rng rng = make_rng(5, "test");
  const Tensor state = rng_state(rng);
  make_sampler(make_distribution(Ring{}), rng)->sample(10);
  EXPECT_TRUE(at::equal(state, rng_state(rng)));
}

TEST(Ring, HasEightModesOfEqualWeightAndItsStandardDeviation) {
  const auto [distance, mode] = nearest(draw(Ring{}), ring_centres(8));
  // 6 standard deviations of a binomial count: a false alarm in 1e8.
  const double tolerance = 6 * std::sqrt(kDraws * (1 / 8.0) * (7 / 8.0));
  for (int64_t k = 0; k < 8; ++k) EXPECT_NEAR(mode.eq(k).sum().item<double>(), kDraws / 8.0, tolerance);
  EXPECT_NEAR(std::sqrt(distance.square().mean().item<double>() / 2), 0.01, 0.0003);
}

TEST(Ring, DroppedModesAreNeverDrawnAndTheOthersShareTheirWeight) {
  const auto [distance, mode] = nearest(draw(Ring{.dropped = {0, 5}}), ring_centres(8));
  EXPECT_EQ(mode.eq(0).logical_or(mode.eq(5)).sum().item<int64_t>(), 0);
  EXPECT_NEAR(mode.eq(3).sum().item<double>(), kDraws / 6.0, 6 * std::sqrt(kDraws * (1 / 6.0) * (5 / 6.0)));
}

TEST(Grid, PutsModeISidePlusJAtColumnIAndRowJ) {
  const Tensor x =
      draw(Grid{.side = 5, .spacing = 2, .std = 0, .dropped = {0,  1,  2,  3,  4,  5,  6,  8,  9,  10, 11, 12,
                                                               13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24}},
           10);
  EXPECT_TRUE(at::equal(x, at::tensor({-2.0F, 0.0F}).expand({10, 2})));  // mode 7: column 1, row 2
}

TEST(Grid, Has25ModesAtDistance2) {
  const Tensor axis = at::arange(-4, 5, 2, at::kDouble);
  const auto [distance, mode] = nearest(draw(Grid{}), at::cartesian_prod({axis, axis}));
  EXPECT_EQ(std::get<0>(at::_unique(mode)).numel(), 25);
  EXPECT_NEAR(std::sqrt(distance.square().mean().item<double>() / 2), 0.05, 0.002);
}

TEST(Spiral, WindsOneAndAHalfTurnsOut) {
  const Tensor x = draw(Spiral{.std = 0, .dropped = {1}}).to(at::kDouble);
  const Tensor radius = x.norm(2, {1});
  const Tensor t = 2 * M_PI * 1.5 * radius / M_PI;  // the angle that belongs to a radius
  EXPECT_LT((x - radius.unsqueeze(1) * at::stack({-t.cos(), t.sin()}, 1)).abs().max().item<double>(), 1e-5);
  EXPECT_NEAR(radius.max().item<double>(), M_PI, 0.01);
  EXPECT_NEAR((radius / M_PI).square().mean().item<double>(), 0.5, 0.02);  // s^2 is uniform
}

TEST(Spiral, ItsArmsAreMirroredThroughTheOrigin) {
  const Tensor one = draw(Spiral{.std = 0, .dropped = {1}}, 100), other = draw(Spiral{.std = 0, .dropped = {0}}, 100);
  EXPECT_TRUE(at::allclose(one, -other));
}

TEST(Moons, LieOnTwoHalfCircles) {
  const Tensor outer = draw(Moons{.std = 0, .dropped = {1}}), inner = draw(Moons{.std = 0, .dropped = {0}});
  EXPECT_LT((outer.norm(2, {1}) - 1).abs().max().item<double>(), 1e-5);
  EXPECT_LT(((inner - at::tensor({1.0F, 0.5F})).norm(2, {1}) - 1).abs().max().item<double>(), 1e-5);
  EXPECT_GE(outer.select(1, 1).min().item<double>(), -1e-6);
  EXPECT_LE(inner.select(1, 1).max().item<double>(), 0.5 + 1e-6);
}

TEST(Toys, RefuseParametersOutOfRange) {
  EXPECT_THROW(make_distribution(Ring{.modes = 0}), Error);
  EXPECT_THROW(make_distribution(Ring{.std = -1}), Error);
  EXPECT_THROW(make_distribution(Ring{.dropped = {8}}), Error);
  EXPECT_THROW(make_distribution(Grid{.side = 0}), Error);
  EXPECT_THROW(make_distribution(Moons{.dropped = {0, 1}}), Error);
  EXPECT_THROW(make_distribution(Spiral{.std = NAN}), Error);
}

TEST(Toys, RefuseTheStateOfAnotherSampler) {
  EXPECT_THROW(
      make_sampler(make_distribution(Ring{}), make_rng(0, "test"))->set_state({{"epoch", at::zeros({1}, at::kLong)}}),
      Error);
}

}  // namespace saddle
