// Tests of the resampling of images and its derivatives.
#include "saddle/networks/warp.h"

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"

namespace saddle {
namespace {

Tensor some_images(at::IntArrayRef shape, at::ScalarType type = at::kDouble) {
  Rng rng = make_rng(1, "images");
  return randn(shape, rng, at::kCPU, type);
}

/// Turned, scaled, mirrored and shifted maps; the last one reads far beyond the border.
Tensor some_maps(at::ScalarType type = at::kDouble) {
  return at::tensor({0.8, 0.3, 1.3, -0.4, 1.1, 0.2,   //
                     -1.0, 0.1, 0.0, 0.0, 0.9, -2.6,  //
                     1.7, -0.6, 9.4, 0.5, 2.2, -14.7},
                    at::kDouble)
      .view({3, 2, 3})
      .to(type);
}

Tensor map_of(std::initializer_list<double> entries, int64_t n) {
  return at::tensor(std::vector<double>(entries), at::kDouble).view({1, 2, 3}).expand({n, 2, 3});
}

TEST(Warp, MovesNumbersUnchangedWherePlacesLieOnPixels) {
  for (const auto type : {at::kFloat, at::kDouble}) {
    const Tensor x = some_images({2, 3, 5, 8}, type);
    EXPECT_TRUE(at::equal(warp(x, map_of({1, 0, 0, 0, 1, 0}, 2)), x));
    EXPECT_TRUE(at::equal(warp(x, map_of({-1, 0, 0, 0, 1, 0}, 2)), x.flip({3})));
    const Tensor shifted = warp(x, map_of({1, 0, 2, 0, 1, -1}, 2));
    EXPECT_TRUE(at::equal(shifted.slice(2, 1).slice(3, 0, 6), x.slice(2, 0, 4).slice(3, 2)));
  }
}

TEST(Warp, ReflectsWhatLiesBeyondTheBorder) {
  const Tensor x = at::tensor({1.0, 2.0, 4.0, 8.0}, at::kDouble).view({1, 1, 1, 4});
  const Tensor y = warp(x, map_of({1, 0, 2.5, 0, 1, 0}, 1));
  EXPECT_TRUE(at::allclose(y.flatten(), at::tensor({6.0, 6.0, 3.0, 1.5}, at::kDouble)));
  EXPECT_TRUE(
      at::allclose(warp(x, map_of({1, 0, -7, 0, 1, 0}, 1)).flatten(), at::tensor({2.0, 1.0, 2.0, 4.0}, at::kDouble)));
}

TEST(Warp, IsTheSameByItsLoopAndByLibTorch) {
  for (const auto& shape : std::vector<std::vector<int64_t>>{{3, 1, 6, 6}, {3, 3, 7, 4}, {3, 4, 1, 5}, {3, 2, 3, 1}}) {
    const Tensor x = some_images(shape);
    const Tensor by_loop = warp(x.to(at::kFloat), some_maps(at::kFloat));
    EXPECT_TRUE(at::allclose(by_loop.to(at::kDouble), warp(x, some_maps()), 1e-4, 1e-5)) << shape[1];
  }
}

/// A curved function of a resampled image, its gradient by the image, and the gradient's product with `along`.
struct Derivatives {
  Tensor value, gradient, second;
};

Derivatives derivatives(const Tensor& at, const Tensor& along) {
  const Tensor x = at.detach().clone().requires_grad_();
  const Tensor value = warp(x, some_maps(x.scalar_type())).pow(3).sum();
  const Tensor gradient = torch::autograd::grad({value}, {x}, {}, true, /*create_graph=*/true)[0];
  const Tensor second = torch::autograd::grad({(gradient * along).sum()}, {x})[0];
  return {value.detach(), gradient.detach(), second};
}

TEST(Warp, HasTheFirstAndSecondDerivativesOfFiniteDifferences) {
  const Tensor x = some_images({3, 2, 5, 4}), along = some_images({3, 2, 5, 4}).flip({0, 2});
  const Derivatives exact = derivatives(x, along);
  constexpr double kStep = 1e-5;
  const Derivatives up = derivatives(x + kStep * along, along), down = derivatives(x - kStep * along, along);
  EXPECT_NEAR((exact.gradient * along).sum().item<double>(), (up.value - down.value).item<double>() / (2 * kStep),
              1e-4);
  EXPECT_GT(exact.second.abs().max().item<double>(), 1);
  EXPECT_TRUE(at::allclose(exact.second, (up.gradient - down.gradient) / (2 * kStep), 1e-5, 1e-6));
}

TEST(Warp, HasTheSameDerivativesByItsLoop) {
  const Tensor x = some_images({3, 3, 6, 5}), along = some_images({3, 3, 6, 5}).flip({1});
  const Derivatives exact = derivatives(x, along), by_loop = derivatives(x.to(at::kFloat), along.to(at::kFloat));
  EXPECT_TRUE(at::allclose(by_loop.gradient.to(at::kDouble), exact.gradient, 1e-3, 1e-3));
  EXPECT_TRUE(at::allclose(by_loop.second.to(at::kDouble), exact.second, 1e-3, 1e-3));
}

TEST(Warp, RefusesMapsOfOtherShapes) {
  EXPECT_THROW(warp(some_images({2, 1, 4, 4}), some_maps()), Error);
  EXPECT_THROW(warp(some_images({3, 4}), some_maps()), Error);
}

}  // namespace
}  // namespace saddle
