// Tests of the preparation of images.
#include "saddle/data/prepare.h"

#include <gtest/gtest.h>

#include "saddle/base/rng.h"

namespace saddle {
namespace {

/// Cuts and resizes to a square, whatever the channels.
Tensor square_image(const Tensor& pixels, int64_t size) { return prepare_image(pixels, {size, size, pixels.size(2)}); }

ImageForm form_of(const std::vector<ImageSize>& sizes, DataOptions options = {}, DataSummary* found = nullptr) {
  DataSummary summary;
  const ImageForm form = choose_form(sizes, /*colour=*/true, options, summary);
  if (found != nullptr) *found = summary;
  return form;
}

std::pair<int64_t, int64_t> size_of(const ImageForm& form) { return {form.height, form.width}; }

}  // namespace

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

TEST(PrepareImage, MakesGreyOfColourByLuma) {
  const Tensor colour = at::tensor({255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255}, at::kByte).view({2, 2, 3});
  EXPECT_TRUE(at::equal(prepare_image(colour, {2, 2, 1}).flatten(), at::tensor({76, 150, 29, 255}, at::kByte)));
}

TEST(PrepareImage, MakesColourOfGreyWithThreeEqualChannels) {
  const Tensor grey = at::arange(6).to(at::kByte).view({2, 3, 1}), colour = prepare_image(grey, {2, 3, 3});
  for (int64_t c = 0; c < 3; ++c) EXPECT_TRUE(at::equal(colour.select(2, c), grey.select(2, 0)));
}

TEST(PrepareImage, LaysTransparencyOnTheBackgroundOrKeepsItPremultiplied) {
  const Tensor rgba = at::tensor({200, 100, 0, 255, 200, 100, 0, 51, 9, 9, 9, 0}, at::kByte).view({1, 3, 4});
  ImageForm form = {1, 3, 3, {0, 0, 255}};
  EXPECT_TRUE(
      at::equal(prepare_image(rgba, form).flatten(), at::tensor({200, 100, 0, 40, 20, 204, 0, 0, 255}, at::kByte)));
  form.channels = 1;
  EXPECT_EQ(prepare_image(rgba, form)[0][2][0].item<int64_t>(), 29);  // blue as grey
  form.channels = 4;
  EXPECT_TRUE(at::equal(prepare_image(rgba, form).flatten(),
                        at::tensor({200, 100, 0, 255, 40, 20, 0, 51, 0, 0, 0, 0}, at::kByte)));
  const Tensor grey_alpha = at::tensor({100, 51, 7, 255}, at::kByte).view({1, 2, 2});
  EXPECT_TRUE(
      at::equal(prepare_image(grey_alpha, {1, 2, 4}).flatten(), at::tensor({20, 20, 20, 51, 7, 7, 7, 255}, at::kByte)));
  EXPECT_TRUE(at::equal(prepare_image(grey_alpha, {1, 2, 1}).flatten(), at::tensor({224, 7}, at::kByte)));
}

TEST(PrepareImage, ResizedColoursAreNeverAboveTheirAlpha) {
  Rng rng = make_rng(1, "test");
  const Tensor rgba = at::randint(0, 256, {40, 40, 4}, rng, at::TensorOptions(at::kByte));
  const Tensor x = prepare_image(rgba, {16, 16, 4});
  EXPECT_TRUE(x.narrow(2, 0, 3).le(x.narrow(2, 3, 1)).all().item<bool>());
}

TEST(ChooseForm, ImagesOfOneSizeKeepItFrom8To256) {
  for (const auto& [height, width] : {std::pair<int64_t, int64_t>{28, 28}, {8, 256}, {256, 8}, {218, 178}})
    EXPECT_EQ(size_of(form_of({{height, width}, {height, width}})), std::pair(height, width));
}

TEST(ChooseForm, OtherSizesBecomeSquaresAndThatIsSaid) {
  for (const auto& [sizes, size, words] :
       {std::tuple<std::vector<ImageSize>, int64_t, const char*>{
            {{20, 30}, {30, 20}}, 16, "images of several sizes are cut"},
        {{{300, 400}},
         64,
         "images of more than 256 pixels a side are cut to their central squares and resized to 64 x 64"},
        {{{7, 7}}, 16, "images of less than 8 pixels a side are resized to 16 x 16"}}) {
    DataSummary summary;
    EXPECT_EQ(size_of(form_of(sizes, {}, &summary)), std::pair(size, size));
    ASSERT_FALSE(summary.remarks.empty());
    EXPECT_NE(summary.remarks[0].find(words), std::string::npos) << summary.remarks[0];
  }
}

TEST(ChooseForm, CutsTheCentralSquareWhereAsked) {
  DataOptions options;
  options.crop = "square";
  EXPECT_EQ(size_of(form_of({{20, 30}, {40, 20}}, options)), std::pair(int64_t{20}, int64_t{20}));
  options.image_size = 32;
  EXPECT_EQ(size_of(form_of({{20, 30}}, options)), std::pair(int64_t{32}, int64_t{32}));
}

TEST(SuitableSize, IsThePowerOfTwoNearestToTheMedianFrom16To64) {
  EXPECT_EQ(suitable_size({28, 28, 28}), 32);
  EXPECT_EQ(suitable_size({5, 8}), 16);
  EXPECT_EQ(suitable_size({44, 44, 1000}), 32);
  EXPECT_EQ(suitable_size({46, 46, 46}), 64);
  EXPECT_EQ(suitable_size({3000}), 64);
}

TEST(CropLoss, IsTheShareOutsideTheCentralSquare) {
  EXPECT_DOUBLE_EQ(crop_loss({10, 10}, {16, 16, 1}), 0);
  EXPECT_DOUBLE_EQ(crop_loss({40, 10}, {16, 16, 1}), 0.75);
  EXPECT_DOUBLE_EQ(crop_loss({40, 10}, {40, 10, 1}), 0);
}

}  // namespace saddle
