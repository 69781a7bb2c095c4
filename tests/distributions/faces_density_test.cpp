// Tests of the distribution of cartoon faces.
#include "saddle/distributions/faces_density.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/distributions/density_json.h"
#include "saddle/distributions/faces.h"

namespace saddle {
namespace {

std::shared_ptr<const Distribution> density(const std::string& json) { return parse_density(json, "f.json"); }

std::shared_ptr<const FacesDensity> faces_of(const std::string& json) {
  return std::dynamic_pointer_cast<const FacesDensity>(density(json));
}

std::string message(const std::string& json) {
  try {
    density(json);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

int64_t factor(const std::string& name) {
  const auto& table = face_factor_table();
  return std::find_if(table.begin(), table.end(), [&](const FaceFactor& f) { return f.name == name; }) - table.begin();
}

/// The share of faces whose picture stays as it is while a factor moves by 0.15 of its range (or to another level).
double hidden_share(const FacesDensity& faces, int64_t k, int64_t n) {
  Rng rng = make_rng(5, "hidden");
  const Tensor x = faces.sample(n, rng);
  const int64_t levels = face_factor_table()[static_cast<size_t>(k)].levels;
  Tensor moved = x.clone();
  moved.select(1, k).add_(levels > 0 ? 1 / static_cast<double>(levels) : 0.15).remainder_(1);
  return faces.show(x).eq(faces.show(moved)).flatten(1).all(1).to(at::kDouble).mean().item<double>();
}

}  // namespace

TEST(FacesDensity, DrawsTheFacesOfItsFactors) {
  const auto faces = faces_of(R"({"type": "faces", "size": 24})");
  Tensor x = at::full({1, 20}, 0.5, at::kDouble);
  x[0][factor("glasses")] = 0.9;
  x[0][factor("smile")] = 0.25;
  FaceFactors f;
  f.skin = f.hair_colour = f.eye_colour = f.mouth_open = f.background = f.clothes = 0.5F;
  f.hair_style = HairStyle::long_straight;
  f.light_from = 0;
  f.smile = -0.05F;
  f.glasses = Glasses::square;
  const Tensor expected = render_face(f, 24).permute({2, 0, 1}).to(at::kFloat);
  EXPECT_EQ(faces->shape(), (std::vector<int64_t>{3, 24, 24}));
  EXPECT_LE(((faces->show(x)[0] + 1) * 127.5 - expected).abs().max().item<double>(), 0.01);
}

TEST(FacesDensity, IsThatOfTheBuiltInFacesWhereNothingElseIsSaid) {
  constexpr int64_t kFaces = 4000;
  const auto faces = faces_of(R"({"type": "faces"})");
  Rng rng = make_rng(2, "faces");
  const Tensor pictures = faces->show(faces->sample(kFaces, rng)).flatten(1);
  std::vector<Tensor> drawn;
  for (int64_t i = 0; i < kFaces; ++i)
    drawn.push_back(render_face(draw_face_factors(rng), 32).permute({2, 0, 1}).to(at::kFloat).flatten() / 127.5 - 1);
  const Tensor builtin = at::stack(drawn);
  const Tensor error = ((pictures.var(0) + builtin.var(0)) / static_cast<double>(kFaces)).sqrt();
  // 5 standard errors of 3,072 means: a false alarm in 500
  EXPECT_LT(((pictures.mean(0) - builtin.mean(0)).abs() / error).max().item<double>(), 5);
}

TEST(FacesDensity, FactorsFollowWhatIsAsked) {
  constexpr int64_t kFaces = 20'000;
  const auto faces = faces_of(R"({"type": "faces", "params": {"glasses": [1, 1, 2], "clothes": [0, 1],
      "pairs": [{"factors": ["hair_style", "background"], "heights": {"steps": [[1, 0], [1, 0], [1, 0], [1, 0], [0, 1],
          [0, 1], [0, 1]]}}]}})");
  Rng rng = make_rng(4, "faces");
  const Tensor x = faces->sample(kFaces, rng);
  const auto mean = [](const Tensor& t) { return t.to(at::kDouble).mean().item<double>(); };
  // tolerances of 5 standard errors: a false alarm in a million for each
  EXPECT_NEAR(mean(x.select(1, factor("glasses")) >= 2.0 / 3), 0.5, 5 * std::sqrt(0.25 / kFaces));
  EXPECT_NEAR(mean(x.select(1, factor("clothes"))), 2.0 / 3, 5 * std::sqrt(1 / 18.0 / kFaces));
  EXPECT_TRUE(
      (x.select(1, factor("hair_style")) >= 4.0 / 7).eq(x.select(1, factor("background")) >= 0.5).all().item<bool>());
  EXPECT_NEAR(mean(x.select(1, factor("hair_style")) >= 4.0 / 7), 3.0 / 7, 5 * std::sqrt(0.25 / kFaces));
  EXPECT_NEAR(faces->log_prob(at::full({1, 20}, 0.45, at::kDouble)).item<double>(),
              std::log(3 * 0.25) + std::log(0.9) + std::log(2.0), 1e-12);
}

TEST(FacesDensity, EveryFactorShowsInPracticallyEveryPicture) {
  const auto faces = faces_of(R"({"type": "faces"})");
  for (int64_t k = 0; k < faces->dim(); ++k) {
    const FaceFactor& row = face_factor_table()[static_cast<size_t>(k)];
    // hair in a fringe hides some brows: about 2 in 1,000 faces (docs/theory.md); 5 standard errors above
    const bool brow = std::string(row.name).starts_with("brow");
    EXPECT_LE(hidden_share(*faces, k, 400), brow ? 0.015 : 0) << row.name;
  }
}

TEST(FacesDensity, GreyPicturesAreTheirBrightness) {
  const auto grey = faces_of(R"({"type": "faces", "size": 16, "channels": "grey"})"),
             rgb = faces_of(R"({"type": "faces", "size": 16})");
  Rng rng = make_rng(1, "faces");
  const Tensor x = grey->sample(20, rng), colour = rgb->show(x);
  const Tensor weights = at::tensor({0.299, 0.587, 0.114}).view({1, 3, 1, 1});
  EXPECT_EQ(grey->shape(), (std::vector<int64_t>{1, 16, 16}));
  EXPECT_LT((grey->show(x) - (colour * weights).sum(1, true)).abs().max().item<double>(), 0.51 / 127.5);
}

TEST(FacesDensity, SamplersGivePictures) {
  const auto sampler = make_sampler(density(R"({"type": "faces", "size": 8})"), make_rng(1, "test"));
  EXPECT_EQ(sampler->shape(), (std::vector<int64_t>{3, 8, 8}));
  EXPECT_EQ(sampler->sample(3).x.sizes(), at::IntArrayRef({3, 3, 8, 8}));
}

TEST(FacesDensity, SaysInOneLineWhatIsWrong) {
  const std::pair<const char*, const char*> wrong[] = {
      {R"({"type": "faces", "size": 7})", "f.json: faces: expected a size from 8 to 256 pixels, got 7"},
      {R"({"type": "faces", "channels": "gray"})", "f.json: faces: unknown channels 'gray' (did you mean 'grey'?"},
      {R"({"type": "faces", "size": 32, "params": {"size": 16}})",
       "f.json: expected 'size' beside params alone, got it in both"},
      {R"({"type": "normal", "size": 32})", "f.json: unknown key 'size'"},
      {R"({"type": "faces", "params": {"glases": [1, 1, 1]}})", "f.json: faces: unknown parameter 'glases'"},
      {R"({"type": "faces", "params": {"glasses": [1, 1]}})",
       "f.json: glasses: expected one probability for each of its 3 levels, got 2"},
      {R"({"type": "faces", "params": {"clothes": "2u"}})",
       "f.json: faces: expected 'clothes' to be a list of 1 to 2000 numbers, got \"2u\""},
      {R"({"type": "faces", "params": {"clothes": [1]}})",
       "f.json: faces: clothes: expected 2 to 2000 heights along the axis, got 1"},
      {R"({"type": "faces", "params": {"clothes": {"step": [1]}}})",
       R"(f.json: faces: expected 'clothes' to be heights or {"steps": heights}, got {"step":[1]})"},
      {R"({"type": "faces", "params": {"clothes": [0, 1], "pairs": [
          {"factors": ["skin", "clothes"], "heights": [[1, 0], [0, 1]]}]}})",
       "f.json: clothes: expected one density of it, got two"},
      {R"({"type": "faces", "params": {"pairs": [{"factors": ["skin", "skin"], "heights": [[1]]}]}})",
       R"(f.json: faces pair 0: expected two different factors, got ["skin","skin"])"},
      {R"({"type": "faces", "params": {"pairs": [{"factors": ["skin", "hat"], "heights": [[1]]}]}})",
       "f.json: faces pair 0: unknown factor 'hat'"},
      {R"({"type": "faces", "params": {"pairs": [{"factors": ["skin", "clothes"]}]}})",
       "f.json: faces pair 0: expected the parameter 'heights', got none"},
      {R"({"type": "mixture", "params": {"weights": [1], "components": [{"type": "faces"}]}})",
       "f.json: mixture: expected components that are points, got pictures"},
  };
  for (const auto& [json, text] : wrong) {
    const std::string found = message(json);
    EXPECT_EQ(found.substr(0, std::string_view(text).size()), text);
    EXPECT_EQ(found.find('\n'), std::string::npos);
  }
}

}  // namespace saddle
