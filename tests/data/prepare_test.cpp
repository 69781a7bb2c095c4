// Tests of the preparation of images.
#include "saddle/data/prepare.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "saddle/base/rng.h"

namespace saddle {

TEST(SquareImage, LeavesASquareOfTheRightSizeAsItIs) {
  Rng rng = make_rng(1, "test");
  const Tensor x = at::randint(0, 256, {16, 16, 3}, rng, at::TensorOptions(at::kByte));
  EXPECT_TRUE(at::equal(square_image(x, 16), x));
}

TEST(SquareImage, ResizesAsFloatArithmeticWithAntialiasDoes) {
  Rng rng = make_rng(1, "test");
  for (const auto& [height, width, channels, size] :
       {std::array<int64_t, 4>{50, 70, 3, 16}, {28, 28, 1, 32}, {33, 20, 1, 17}}) {
    // Far enough from 0 and 255 that no overshoot is cut off between the two passes.
    const Tensor x = at::randint(80, 180, {height, width, channels}, rng, at::TensorOptions(at::kByte));
    const int64_t side = std::min(height, width);
    const Tensor square = x.narrow(0, (height - side) / 2, side).narrow(1, (width - side) / 2, side);
    const Tensor exact =
        at::_upsample_bicubic2d_aa(square.permute({2, 0, 1}).unsqueeze(0).to(at::kDouble), {size, size}, false);
    const Tensor expected = exact.clamp(0, 255)[0].permute({1, 2, 0});
    // Two passes with fixed-point weights, each rounded.
    EXPECT_LT((square_image(x, size).to(at::kDouble) - expected).abs().max().item<double>(), 1.6);
  }
}

TEST(SquareImage, AStripeFinerThanAPixelBecomesGrey) {
  const Tensor stripes = (at::arange(64).remainder(2) * 255).to(at::kByte).view({1, 64, 1}).expand({64, 64, 1});
  const Tensor small = square_image(stripes, 16).to(at::kFloat).narrow(1, 2, 12);
  EXPECT_LT((small - 127.5).abs().max().item<float>(), 3);
}

TEST(WithChannels, GreyIsTheLumaOfColour) {
  const Tensor colour = at::tensor({255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255}, at::kByte).view({2, 2, 3});
  EXPECT_TRUE(at::equal(with_channels(colour, 1).flatten(), at::tensor({76, 150, 29, 255}, at::kByte)));
}

TEST(WithChannels, ColourFromGreyHasThreeEqualChannels) {
  const Tensor grey = at::arange(6).to(at::kByte).view({2, 3, 1});
  for (int64_t c = 0; c < 3; ++c) EXPECT_TRUE(at::equal(with_channels(grey, 3).select(2, c), grey.select(2, 0)));
}

TEST(SuitableSize, IsThePowerOfTwoNearestToTheMedianFrom16To64) {
  EXPECT_EQ(suitable_size({28, 28, 28}), 32);
  EXPECT_EQ(suitable_size({5, 8}), 16);
  EXPECT_EQ(suitable_size({44, 44, 1000}), 32);
  EXPECT_EQ(suitable_size({46, 46, 46}), 64);
  EXPECT_EQ(suitable_size({3000}), 64);
}

TEST(CropLoss, IsTheShareOutsideTheCentralSquare) {
  EXPECT_DOUBLE_EQ(crop_loss(10, 10), 0);
  EXPECT_DOUBLE_EQ(crop_loss(10, 40), 0.75);
}

}  // namespace saddle
