// Tests of the built-in faces.
#include "saddle/distributions/faces.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"

namespace saddle {
namespace {

/// One factor and two values that lie well apart.
struct Change {
  const char* name;
  std::function<void(FaceFactors&)> low, high;
};

std::vector<Change> all_changes() {
  using F = FaceFactors;
  return {
      {"turn", [](F& f) { f.turn = -0.5f; }, [](F& f) { f.turn = 0.5f; }},
      {"nod", [](F& f) { f.nod = -0.5f; }, [](F& f) { f.nod = 0.5f; }},
      {"tilt", [](F& f) { f.tilt = -0.5f; }, [](F& f) { f.tilt = 0.5f; }},
      {"skin", [](F& f) { f.skin = 0.2f; }, [](F& f) { f.skin = 0.7f; }},
      {"cheeks", [](F& f) { f.cheeks = 0.2f; }, [](F& f) { f.cheeks = 0.8f; }},
      {"hair_style", [](F& f) { f.hair_style = HairStyle::cropped; }, [](F& f) { f.hair_style = HairStyle::fringe; }},
      {"hair_colour", [](F& f) { f.hair_colour = 0.2f; }, [](F& f) { f.hair_colour = 0.7f; }},
      {"eye_size", [](F& f) { f.eye_size = 0.2f; }, [](F& f) { f.eye_size = 0.8f; }},
      {"eye_spacing", [](F& f) { f.eye_spacing = 0.2f; }, [](F& f) { f.eye_spacing = 0.8f; }},
      {"eye_colour", [](F& f) { f.eye_colour = 0; }, [](F& f) { f.eye_colour = 1; }},
      {"brow_angle", [](F& f) { f.brow_angle = -0.7f; }, [](F& f) { f.brow_angle = 0.7f; }},
      {"brow_height", [](F& f) { f.brow_height = 0.1f; }, [](F& f) { f.brow_height = 0.9f; }},
      {"smile", [](F& f) { f.smile = -0.2f; }, [](F& f) { f.smile = 0.8f; }},
      {"mouth_open", [](F& f) { f.mouth_open = 0.1f; }, [](F& f) { f.mouth_open = 0.9f; }},
      {"mouth_width", [](F& f) { f.mouth_width = 0.1f; }, [](F& f) { f.mouth_width = 0.9f; }},
      {"glasses", [](F& f) { f.glasses = Glasses::none; }, [](F& f) { f.glasses = Glasses::round; }},
      {"frames", [](F& f) { f.glasses = Glasses::round; }, [](F& f) { f.glasses = Glasses::square; }},
      {"light_from", [](F& f) { f.light_from = -0.5f; }, [](F& f) { f.light_from = 0.5f; }},
      {"light_strength", [](F& f) { f.light_strength = 0.1f; }, [](F& f) { f.light_strength = 0.9f; }},
      {"background", [](F& f) { f.background = 0.3f; }, [](F& f) { f.background = 0.6f; }},
      {"clothes", [](F& f) { f.clothes = 0.1f; }, [](F& f) { f.clothes = 0.5f; }},
  };
}

Tensor rendered(const std::function<void(FaceFactors&)>& change, int64_t size) {
  FaceFactors factors;
  change(factors);
  return render_face(factors, size).to(at::kFloat);
}

}  // namespace

TEST(Faces, EachFactorVisiblyChangesThePictureAt32Pixels) {
  for (const auto& change : all_changes()) {
    const Tensor difference = (rendered(change.low, 32) - rendered(change.high, 32)).abs().amax({2});
    EXPECT_GE(difference.gt(24).sum().item<int64_t>(), 8)
        << change.name << ": pixels that change by a tenth of the range";
  }
}

TEST(Faces, EveryHairStyleIsAPictureOfItsOwn) {
  for (int64_t a = 0; a < kHairStyles; ++a)
    for (int64_t b = 0; b < a; ++b) {
      const Tensor x = rendered([a](FaceFactors& f) { f.hair_style = static_cast<HairStyle>(a); }, 32);
      const Tensor y = rendered([b](FaceFactors& f) { f.hair_style = static_cast<HairStyle>(b); }, 32);
      EXPECT_GE((x - y).abs().amax({2}).gt(24).sum().item<int64_t>(), 8) << a << " and " << b;
    }
}

TEST(Faces, ImageIIsAFunctionOfTheSeedAndIAlone) {
  const Tensor once = render_face(face_factors(7, 12), 32);
  for (int64_t i = 0; i < 5; ++i) face_factors(7, i);
  EXPECT_TRUE(at::equal(once, render_face(face_factors(7, 12), 32)));
  EXPECT_FALSE(at::equal(once, render_face(face_factors(8, 12), 32)));
  EXPECT_FALSE(at::equal(once, render_face(face_factors(7, 13), 32)));
}

TEST(Faces, AreTheSameFaceAtEverySize) {
  const FaceFactors factors = face_factors(1, 3);
  const Tensor small = render_face(factors, 32).permute({2, 0, 1}).to(at::kFloat);
  const Tensor large = at::avg_pool2d(render_face(factors, 256).permute({2, 0, 1}).to(at::kFloat), 8);
  EXPECT_LT((small - large).abs().mean().item<double>(), 4.0);  // edges differ by what antialiasing rounds
}

TEST(Faces, EdgesAreAntialiased) {
  FaceFactors factors;
  factors.hair_style = HairStyle::curly;
  factors.light_strength = 0;
  const Tensor red = render_face(factors, 64).select(2, 0).to(at::kFloat);
  // Far more shades than the few colours of the shapes.
  EXPECT_GT(std::get<0>(at::_unique(red)).numel(), 64);
}

TEST(Faces, SizesFrom8To4096AreDrawnAndOthersRefused) {
  for (const int64_t size : {8, 16, 33, 256})
    EXPECT_EQ(render_face({}, size).sizes(), at::IntArrayRef({size, size, 3}));
  EXPECT_THROW(render_face({}, 7), Error);
  EXPECT_THROW(render_face({}, 5000), Error);
}

TEST(Faces, FactorsFollowTheirStatedDistribution) {
  constexpr int64_t kFaces = 4000;
  Rng rng = make_rng(2, "faces");
  double turn = 0, turn_square = 0, smile_low = 1, smile_high = -1;
  std::array<int64_t, kHairStyles> styles{};
  std::array<int64_t, 3> glasses{};
  for (int64_t i = 0; i < kFaces; ++i) {
    const FaceFactors f = draw_face_factors(rng);
    turn += f.turn;
    turn_square += f.turn * f.turn;
    smile_low = std::min<double>(smile_low, f.smile);
    smile_high = std::max<double>(smile_high, f.smile);
    ++styles[static_cast<size_t>(f.hair_style)];
    ++glasses[static_cast<size_t>(f.glasses)];
  }
  // Tolerances of 5 standard errors: a false alarm in 1e6 for each.
  EXPECT_NEAR(turn / kFaces, 0, 5 * std::sqrt(1 / 6.0 / kFaces));
  EXPECT_NEAR(turn_square / kFaces, 1 / 6.0, 0.02);  // the variance of a triangular variable
  EXPECT_NEAR(smile_low, -0.4, 0.01);
  EXPECT_NEAR(smile_high, 1, 0.01);
  for (const int64_t n : styles) EXPECT_NEAR(static_cast<double>(n), kFaces / 7.0, 5 * std::sqrt(kFaces / 7.0 * 6 / 7));
  EXPECT_NEAR(static_cast<double>(glasses[0]), 0.6 * kFaces, 5 * std::sqrt(kFaces * 0.24));
  EXPECT_NEAR(static_cast<double>(glasses[1]), 0.2 * kFaces, 5 * std::sqrt(kFaces * 0.16));
}

}  // namespace saddle
