// Tests of the pictures of samples.
#include "saddle/report/grid.h"

#include <gtest/gtest.h>

#include <limits>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"

namespace saddle {
namespace {

/// How many pixels are clearly bluer than red, as the fakes' colour is and grey is not.
int64_t coloured_pixels(const Tensor& picture) {
  const Tensor p = picture.to(at::kInt);
  return (p.select(2, 2) - p.select(2, 0)).gt(40).sum().item<int64_t>();
}

/// How many pixels are neither white nor of the frame nor coloured.
int64_t grey_pixels(const Tensor& picture) {
  const Tensor inner = picture.narrow(0, 1, picture.size(0) - 2).narrow(1, 1, picture.size(1) - 2).to(at::kInt);
  return inner.select(2, 0).lt(250).logical_and((inner.select(2, 2) - inner.select(2, 0)).lt(20)).sum().item<int64_t>();
}

}  // namespace

TEST(ImageGrid, PlacesEachImageRowByRowWithGaps) {
  const Tensor x = at::stack({at::full({1, 4, 4}, -1.f), at::full({1, 4, 4}, 1.f), at::full({1, 4, 4}, 0.f)});
  const Tensor grid = image_grid(x, 2, 4);
  ASSERT_EQ(grid.sizes(), (std::vector<int64_t>{10, 10, 1}));
  EXPECT_TRUE(grid.narrow(0, 0, 4).narrow(1, 0, 4).eq(0).all().item<bool>());
  EXPECT_TRUE(grid.narrow(0, 0, 4).narrow(1, 6, 4).eq(255).all().item<bool>());
  EXPECT_TRUE(grid.narrow(0, 6, 4).narrow(1, 0, 4).eq(128).all().item<bool>());
  EXPECT_EQ(grid[0][4][0].item<int>(), grid[9][9][0].item<int>());  // a gap and an empty cell look alike
}

TEST(ImageRows, BeginEachGroupInANewRow) {
  const Tensor x = at::stack({at::full({1, 4, 4}, -1.f), at::full({1, 4, 4}, -1.f), at::full({1, 4, 4}, 1.f)});
  const Tensor grid = image_rows(x, {2, 1}, 3, 4);
  ASSERT_EQ(grid.sizes(), (std::vector<int64_t>{10, 10, 1}));
  EXPECT_TRUE(grid.narrow(0, 0, 4).narrow(1, 6, 4).eq(0).all().item<bool>());
  EXPECT_TRUE(grid.narrow(0, 6, 4).narrow(1, 0, 4).eq(255).all().item<bool>());
  EXPECT_TRUE(grid.narrow(0, 6, 4).narrow(1, 6, 4).eq(128).all().item<bool>());
  EXPECT_THROW(image_rows(x, {2, 2}, 3, 4), Error);
}

TEST(ImageGrid, KeepsOrientationAndColour) {
  Tensor x = at::full({1, 3, 2, 3}, -1.f);
  x[0][0][0][2] = 1;  // red, upper right
  const Tensor grid = image_grid(x, 5, 1);
  ASSERT_EQ(grid.sizes(), (std::vector<int64_t>{2, 3, 3}));
  EXPECT_EQ(grid[0][2][0].item<int>(), 255);
  EXPECT_EQ(grid.sum().item<int64_t>(), 255);
}

TEST(ImageGrid, EnlargesSmallImagesByAWholeFactor) {
  const Tensor grid = image_grid(at::zeros({1, 1, 28, 28}), 1, 48);
  EXPECT_EQ(grid.sizes(), (std::vector<int64_t>{56, 56, 1}));
  EXPECT_EQ(image_grid(at::zeros({1, 1, 64, 64}), 1, 48).size(0), 64);
}

TEST(ImageGrid, ClampsWhatLeavesTheRangeAndShowsNaNAsGrey) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor grid = image_grid(at::tensor({-9.f, 9.f, nan}).view({1, 1, 1, 3}), 1, 1);
  EXPECT_EQ(grid.flatten().to(at::kInt).sum().item<int>(), 0 + 255 + 128);
}

TEST(ImageGrid, RefusesOtherShapes) {
  EXPECT_THROW(image_grid(at::zeros({1, 28, 28}), 1), Error);
  EXPECT_THROW(image_grid(at::zeros({0, 1, 28, 28}), 1), Error);
  EXPECT_THROW(image_grid(at::zeros({1, 1, 28, 28}), 0), Error);
}

TEST(PointPlot, ShowsRealInGreyAndFakeInColour) {
  Rng rng = make_rng(1, "plot");
  const Tensor real = randn({500, 2}, rng);
  const Tensor nothing = at::zeros({0, 2});
  const Tensor alone = point_plot(real, nothing, 200);
  ASSERT_EQ(alone.sizes(), (std::vector<int64_t>{200, 200, 3}));
  EXPECT_EQ(coloured_pixels(alone), 0);
  EXPECT_GT(grey_pixels(alone), 500);
  EXPECT_GT(coloured_pixels(point_plot(real, real, 200)), 500);
}

TEST(PointPlot, PutsTheFirstCoordinateToTheRightAndTheSecondUp) {
  const Tensor real = at::tensor({0.f, 0.f, 1.f, 1.f}).view({2, 2});
  const Tensor plot = point_plot(real, at::tensor({0.9f, 0.2f}).view({1, 2}), 100).to(at::kInt);
  const Tensor blue = (plot.select(2, 2) - plot.select(2, 0)).gt(40).nonzero().to(at::kFloat).mean(0);
  EXPECT_NEAR(blue[0].item<double>(), 100 * (1 - (0.2 + 0.05) / 1.1), 1.0);
  EXPECT_NEAR(blue[1].item<double>(), 100 * (0.9 + 0.05) / 1.1, 1.0);
}

TEST(PointPlot, LeavesOutFakesOutsideTheFrameAndValuesThatAreNotFinite) {
  const float infinity = std::numeric_limits<float>::infinity();
  const Tensor real = at::tensor({0.f, 0.f, 1.f, 1.f}).view({2, 2});
  const Tensor plot = point_plot(real, at::tensor({9.f, 0.5f, infinity, 0.f, -1e30f, 1e30f}).view({3, 2}), 100);
  EXPECT_EQ(coloured_pixels(plot), 0);
}

TEST(PointPlot, DrawsHistogramsOfOneCoordinate) {
  Rng rng = make_rng(1, "plot");
  const Tensor real = rand({4000, 1}, rng);
  const Tensor plot = point_plot(real, real * 0.5, 120);
  const int64_t left = coloured_pixels(plot.narrow(1, 0, 60)), right = coloured_pixels(plot.narrow(1, 62, 58));
  EXPECT_GT(left, 60 * 100 / 2);
  EXPECT_EQ(right, 0);
  EXPECT_GT(grey_pixels(plot.narrow(1, 62, 58)), 58 * 50 / 2);
}

TEST(PointPlot, DrawsIdenticalPointsAndNoPointsAtAll) {
  EXPECT_GT(grey_pixels(point_plot(at::ones({5, 2}), at::zeros({0, 2}), 64)), 0);
  EXPECT_EQ(grey_pixels(point_plot(at::zeros({0, 2}), at::zeros({0, 2}), 64)), 0);
}

TEST(PointPlot, RefusesOtherShapes) {
  EXPECT_THROW(point_plot(at::zeros({3, 2}), at::zeros({3, 1})), Error);
  EXPECT_THROW(point_plot(at::zeros({3}), at::zeros({3})), Error);
}

}  // namespace saddle
