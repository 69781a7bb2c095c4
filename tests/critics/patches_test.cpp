// Tests of the codes of patches and of the critics that stand on them.
#include "saddle/critics/patches.h"

#include <gtest/gtest.h>

#include "saddle/base/rng.h"
#include "saddle/critics/combined_critic.h"
#include "saddle/critics/patch_codes.h"
#include "saddle/critics/two_sample_test.h"

namespace saddle {
namespace {

constexpr PatchOptions kFew{.centres = 8, .stride = 1};

/// Noise with a dot of 2 by 2 pixels about the middle, as bright as asked. Shapes: brightness [n], result [n, c, h, w].
Tensor dotted(const Tensor& brightness, at::IntArrayRef shape, Rng& rng) {
  const int64_t n = brightness.size(0), h = shape[1], w = shape[2];
  Tensor x = 0.05 * randn({n, shape[0], h, w}, rng);
  const Tensor row = at::randint(3, {n}, rng, at::kLong) + h / 2 - 2,
               column = at::randint(3, {n}, rng, at::kLong) + w / 2 - 2;
  for (int64_t i = 0; i < n; ++i)
    x[i].narrow(1, row[i].item<int64_t>(), 2)
        .narrow(2, column[i].item<int64_t>(), 2)
        .fill_(brightness[i].item<float>());
  return x;
}

}  // namespace

TEST(SurveyWindows, CoverImagesOfAnyShape) {
  for (const auto& [height, width] : {std::pair(8, 8), {28, 28}, {32, 32}, {32, 9}, {17, 31}, {1, 3}}) {
    Tensor seen = at::zeros({height, width});
    for (const Window& w : survey_windows(height, width))
      seen.narrow(0, w.top, w.height).narrow(1, w.left, w.width).fill_(1);
    EXPECT_TRUE(seen.eq(1).all().item<bool>()) << height << " x " << width;
  }
}

TEST(PatchCodes, AreFiniteForImagesOfAnyShape) {
  for (const auto& shape : {std::array<int64_t, 3>{1, 8, 8}, {3, 28, 28}, {4, 48, 20}, {1, 2, 70}}) {
    Rng rng = make_rng(1, "codes");
    const Tensor images = patch_images(randn({30, shape[0], shape[1], shape[2]}, rng));
    for (const Window& window : survey_windows(images.size(2), images.size(3))) {
      const Tensor codes = PatchCodes(images, window, kFew, rng)(images);
      EXPECT_EQ(codes.sizes(), at::IntArrayRef({30, 8}));
      EXPECT_TRUE(at::isfinite(codes).all().item<bool>());
    }
  }
}

TEST(PatchCodes, OfOneImageDoNotDependOnTheOthers) {
  Rng rng = make_rng(2, "codes");
  const Tensor images = randn({600, 3, 10, 10}, rng);
  const PatchCodes codes(images, {0, 0, 10, 10}, kFew, rng);
  EXPECT_LT((codes(images)[500] - codes(images.slice(0, 500, 501))[0]).abs().max().item<double>(), 1e-5);
  EXPECT_EQ(codes(images.slice(0, 0, 0)).sizes(), at::IntArrayRef({0, 8}));
}

TEST(PatchCodes, OfAFlatWindowAreAlike) {
  Rng rng = make_rng(3, "codes");
  const Tensor images = at::ones({20, 1, 6, 6});
  EXPECT_EQ(PatchCodes(images, {0, 0, 6, 6}, kFew, rng)(images).abs().max().item<double>(), 0);
}

TEST(Patches, SeeADetailThatMoves) {
  Rng rng = make_rng(4, "dots");
  const auto bright = [&](int64_t n, bool p) {
    return p ? rand({n}, rng) : rand({n}, rng).sqrt();
  };  // 1, 2u: JSD 0.0538
  const auto rows = [&](int64_t n) {
    const Tensor images =
        at::cat({dotted(bright(n, true), {1, 16, 16}, rng), dotted(bright(n, false), {1, 16, 16}, rng)});
    const Tensor none = at::zeros({2 * n, 0});
    return Labelled{none, none, at::cat({at::ones({n}), at::zeros({n})}), at::ones({2 * n}), images, {}, {}};
  };
  const Labelled train = rows(1500), held = rows(400), test = rows(1500);
  const double value = weighted_value(fit_patches(train, held, 1)(test), test);
  EXPECT_GT(std::log(2.0) + value / 2, 0.5 * 0.0538);
}

TEST(PermutationTest, SeesADetailThatMovesAndTakesImagesWithFlatCorners) {
  Rng rng = make_rng(5, "dots");
  Tensor p = dotted(rand({300}, rng), {1, 16, 16}, rng), q = dotted(rand({300}, rng).sqrt(), {1, 16, 16}, rng);
  p.narrow(2, 0, 6).narrow(3, 0, 6).fill_(-1);
  q.narrow(2, 0, 6).narrow(3, 0, 6).fill_(-1);
  EXPECT_LE(permutation_test(p, q, 1, 199).p_value, 0.01);
}

TEST(PermutationTest, HoldsItsLevelOnImages) {
  // 60 pairs of equal distributions: p <= 0.1 in more than 14 of them has a probability of 0.0006
  int64_t seen = 0;
  for (int64_t seed = 0; seed < 60; ++seed) {
    Rng rng = make_rng(static_cast<uint64_t>(seed), "null dots");
    const Tensor p = dotted(rand({30}, rng), {1, 8, 8}, rng), q = dotted(rand({40}, rng), {1, 8, 8}, rng);
    if (permutation_test(p, q, static_cast<uint64_t>(seed), 49).p_value <= 0.1) ++seen;
  }
  EXPECT_LE(seen, 14);
}

}  // namespace saddle
