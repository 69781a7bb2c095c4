// Tests of densities by their heights.
#include "saddle/distributions/heights.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"

namespace saddle {
namespace {

using Form = Heights::Form;
using Rows = std::vector<std::vector<double>>;

struct Named {
  const char* name;
  Heights heights;
};

std::vector<Named> all_heights() {
  return {{"uniform", {std::vector<double>{1}, Form::steps}},
          {"2u", {std::vector<double>{0, 1}, Form::linear}},
          {"tent", {std::vector<double>{0, 3, 0}, Form::linear}},
          {"steps with a gap", {std::vector<double>{2, 0, 5, 1}, Form::steps}},
          {"steps in the square", {Rows{{4, 0, 1}, {0, 2, 0}}, Form::steps}},
          {"lines in the square", {Rows{{0, 1, 0}, {2, 0, 1}, {0, 0, 3}}, Form::linear}}};
}

/// The middles of a fine grid, and the numbers of the coarse cells (8 along each axis) that they lie in.
std::pair<Tensor, Tensor> fine_grid(int64_t axes) {
  const Tensor middle = (at::arange(240, at::kDouble) + 0.5) / 240, coarse = (middle * 8).floor().to(at::kLong);
  if (axes == 1) return {middle.unsqueeze(1), coarse};
  return {at::cartesian_prod({middle, middle}), (coarse.unsqueeze(1) * 8 + coarse).flatten()};
}

std::string refusal(const std::function<void()>& make) {
  try {
    make();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST(Heights, IntegrateToOne) {
  for (const auto& [name, heights] : all_heights())
    EXPECT_NEAR(heights.density(fine_grid(heights.axes()).first).mean().item<double>(), 1, 1e-4) << name;
}

TEST(Heights, DrawsFollowTheDensity) {
  constexpr int64_t kDraws = 40'000;
  for (const auto& [name, heights] : all_heights()) {
    const auto [points, coarse] = fine_grid(heights.axes());
    const int64_t cells = heights.axes() == 1 ? 8 : 64;
    const Tensor expected = at::zeros({cells}, at::kDouble).index_add_(0, coarse, heights.density(points)) /
                            static_cast<double>(points.size(0)) * static_cast<double>(kDraws);
    Rng rng = make_rng(3, name);
    const Tensor x = heights.sample(kDraws, rng), cell = (x * 8).floor().clamp_max(7).to(at::kLong);
    const Tensor number = heights.axes() == 1 ? cell.select(1, 0) : cell.select(1, 0) * 8 + cell.select(1, 1);
    const Tensor found = at::bincount(number, {}, cells).to(at::kDouble);
    // 5 standard errors in each of 128 cells and more: a false alarm in 10,000; the grid is off by less than 0.5 %
    EXPECT_TRUE(((found - expected).abs() <= 5 * expected.sqrt() + 0.005 * expected).all().item<bool>()) << name;
    EXPECT_FALSE(heights.density(x).eq(0).any().item<bool>()) << name << ": draws where the density is 0";
  }
}

TEST(Heights, AreZeroOutside) {
  for (const auto& [name, heights] : all_heights()) {
    const Tensor x = at::full({1, heights.axes()}, 0.5, at::kDouble);
    for (const double outside : {-0.01, 1.01})
      EXPECT_EQ(heights.density(x.index_fill(1, at::zeros({1}, at::kLong), outside)).item<double>(), 0) << name;
  }
}

TEST(Heights, SayWhatTheyCannotBe) {
  EXPECT_EQ(refusal([] { Heights(std::vector<double>{1}, Form::linear); }),
            "expected 2 to 2000 heights along the axis, got 1");
  EXPECT_EQ(refusal([] { Heights(std::vector<double>{}, Form::steps); }),
            "expected 1 to 2000 heights along the axis, got 0");
  EXPECT_EQ(refusal([] { Heights(std::vector<double>{0, 0}, Form::steps); }), "expected a height above 0, got none");
  EXPECT_EQ(refusal([] { Heights(std::vector<double>{1, -1}, Form::steps); }),
            "expected heights from 0 to 1e100, got -1");
  EXPECT_EQ(refusal([] { Heights(Rows{{1, 2}, {1}}, Form::steps); }), "expected rows of one length, got 2 and 1");
  EXPECT_EQ(refusal([] { Heights(Rows{{1, 2}}, Form::linear); }),
            "expected 2 to 64 heights along each axis, got 1 and 2");
}

}  // namespace saddle
