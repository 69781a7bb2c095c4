// Tests of the test of mirror symmetry.
#include "saddle/critics/mirror_test.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"

namespace saddle {
namespace {

constexpr int64_t kSide = 16;

/// Soft strokes between two points each [n, 2] in pixels, drawn into images [n, 1, side, side].
void draw_stroke(const Tensor& images, const Tensor& from, const Tensor& to) {
  const Tensor place = at::arange(kSide, at::kFloat);
  for (int64_t k = 0; k <= 12; ++k) {
    const Tensor at = from + (to - from) * (static_cast<double>(k) / 12);
    const Tensor x = place.view({1, 1, -1}) - at.select(1, 0).view({-1, 1, 1}),
                 y = place.view({1, -1, 1}) - at.select(1, 1).view({-1, 1, 1});
    images.select(1, 0).copy_(at::maximum(images.select(1, 0), 2 * (-(x * x + y * y) / 2).exp() - 1));
  }
}

/// Figures of `strokes` between corners that wobble, anywhere in the image.
Tensor figures(int64_t n, const std::vector<std::array<double, 4>>& strokes, Rng& rng) {
  Tensor images = at::full({n, 1, kSide, kSide}, -1.0F);
  const Tensor place = 4 * rand({n, 2}, rng) - 2;
  for (const auto& [x0, y0, x1, y1] : strokes) {
    const auto corner = [&](double x, double y) {
      return place + at::tensor({x, y}, at::kFloat) + 0.7 * randn({n, 2}, rng);
    };
    draw_stroke(images, corner(x0, y0), corner(x1, y1));
  }
  return images + 0.05 * randn(images.sizes(), rng);
}

/// Sevens and threes, as a hand writes them.
Tensor digits(int64_t n, Rng& rng) {
  const Tensor sevens = figures(n / 2, {{4, 4, 11, 4}, {11, 4, 7, 12}}, rng);
  const Tensor threes = figures(n - n / 2, {{5, 3, 10, 4}, {10, 4, 7, 7}, {7, 7, 11, 10}, {11, 10, 5, 12}}, rng);
  return at::cat({sevens, threes}).index_select(0, at::randperm(n, rng, at::kLong));
}

/// Strokes that lean either way equally often.
Tensor symmetric_figures(int64_t n, Rng& rng) {
  const Tensor x = figures(n, {{4, 4, 11, 4}, {11, 4, 7, 12}}, rng);
  return at::where(rand({n, 1, 1, 1}, rng).lt(0.5), x, x.flip({3}));
}

TEST(MirrorTest, TellsDigitsFromTheirMirrorImages) {
  Rng rng = make_rng(1, "digits");
  const MirrorTest test = mirror_test(digits(300, rng), {}, 1);
  EXPECT_LE(test.p_value, 0.001);
  EXPECT_GT(test.accuracy, 0.9);
  EXPECT_EQ(test.images, 150);
  EXPECT_EQ(test.groups, 150);
}

// Of 20 at the level 0.1 more than 6 are refused once in 400 seeds.
TEST(MirrorTest, HoldsItsLevelOnSymmetricImages) {
  int refused = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Rng rng = make_rng(seed, "symmetric");
    refused += mirror_test(symmetric_figures(80, rng), {}, seed).p_value <= 0.1 ? 1 : 0;
  }
  EXPECT_LE(refused, 6);
}

// Every group leans one way, but as many to the left as to the right: counted one by one, its images would be evidence.
TEST(MirrorTest, HoldsItsLevelOnGroupsThatLeanAllOneWay) {
  int refused = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Rng rng = make_rng(seed, "groups");
    const Tensor groups = at::arange(120, at::kLong).remainder(12),
                 x = figures(120, {{4, 4, 11, 4}, {11, 4, 7, 12}}, rng);
    const Tensor leans = rand({12}, rng).lt(0.5).index_select(0, groups).view({-1, 1, 1, 1});
    const MirrorTest test = mirror_test(at::where(leans, x, x.flip({3})), groups, seed);
    EXPECT_EQ(test.groups, 6);
    refused += test.p_value <= 0.1 ? 1 : 0;
  }
  EXPECT_LE(refused, 6);
}

TEST(MirrorTest, SeesGroupsThatAllLeanTheSameWay) {
  Rng rng = make_rng(2, "groups");
  const MirrorTest test = mirror_test(digits(200, rng), at::arange(200, at::kLong).remainder(20), 1);
  EXPECT_LE(test.p_value, 0.005);
}

TEST(MirrorTest, RefusesTooFewImages) {
  Rng rng = make_rng(3, "few");
  EXPECT_THROW(mirror_test(digits(39, rng), {}, 1), Error);
  EXPECT_THROW(mirror_test(digits(100, rng), at::zeros({100}, at::kLong), 1), Error);
}

}  // namespace
}  // namespace saddle
