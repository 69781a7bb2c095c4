// Tests of animations: decoded by the libraries' own decoders, they are what was encoded.
#include "saddle/io/animation.h"

#include <gif_lib.h>
#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/io/palette.h"

namespace saddle {
namespace {

struct GifInput {
  std::string bytes;
  size_t read = 0;
};

int read_gif(GifFileType* file, GifByteType* to, int count) {
  auto* input = static_cast<GifInput*>(file->UserData);
  const size_t some = std::min(static_cast<size_t>(count), input->bytes.size() - input->read);
  std::copy_n(input->bytes.begin() + static_cast<std::ptrdiff_t>(input->read), some, to);
  input->read += some;
  return static_cast<int>(some);
}

/// All frames [n, H, W, 3] of a GIF.
Tensor decoded_gif(const std::string& bytes) {
  GifInput input{bytes};
  GifFileType* file = DGifOpen(&input, read_gif, nullptr);
  EXPECT_NE(file, nullptr);
  EXPECT_EQ(DGifSlurp(file), GIF_OK);
  Tensor x = at::empty({file->ImageCount, file->SHeight, file->SWidth, 3}, at::kByte);
  auto* out = x.mutable_data_ptr<uint8_t>();
  for (int i = 0; i < file->ImageCount; ++i) {
    GraphicsControlBlock control;
    EXPECT_EQ(DGifSavedExtensionToGCB(file, i, &control), GIF_OK);
    EXPECT_EQ(control.DelayTime, 6);
    for (int pixel = 0; pixel < file->SHeight * file->SWidth; ++pixel) {
      const GifColorType& colour = file->SColorMap->Colors[file->SavedImages[i].RasterBits[pixel]];
      for (const uint8_t value : {colour.Red, colour.Green, colour.Blue}) *out++ = value;
    }
  }
  DGifCloseFile(file, nullptr);
  return x;
}

std::vector<Tensor> random_frames(int64_t n, int64_t channels, int64_t levels) {
  Rng rng = make_rng(4, "frames");
  const Tensor x = at::randint(0, levels, {n, 9, 7, channels}, rng, at::TensorOptions(at::kByte));
  return x.unbind();
}

}  // namespace

TEST(EncodeGif, KeepsFewColoursAsTheyAre) {
  for (const int64_t channels : {1, 3}) {
    const auto frames = random_frames(5, channels, 6);
    const Tensor expected = at::stack(frames).expand({-1, -1, -1, 3});
    EXPECT_TRUE(at::equal(decoded_gif(encode_gif(frames, 60)), expected)) << channels;
  }
}

TEST(EncodeGif, StaysNearOfManyColours) {
  // 4 x 9 x 7 random colours of 6 x 6 x 6 = 216 fit; of 2^24 some 250 stand for smooth ramps of 40,000 pixels
  const Tensor y = at::arange(100).view({100, 1, 1}), x = at::arange(100).view({1, 100, 1});
  std::vector<Tensor> frames;
  for (int64_t i = 0; i < 4; ++i)
    frames.push_back(at::cat({(2 * y).expand({100, 100, 1}), (2 * x).expand({100, 100, 1}), (y + x) / 2 + 10 * i}, 2)
                         .to(at::kByte)
                         .contiguous());
  const Tensor off = (decoded_gif(encode_gif(frames, 60)).to(at::kFloat) - at::stack(frames).to(at::kFloat)).abs();
  EXPECT_LT(off.mean().item<double>(), 5);
  EXPECT_LT(off.max().item<double>(), 30);
}

TEST(EncodeGif, LaysTransparencyOnGrey) {
  Tensor frame = at::full({4, 4, 4}, 200, at::kByte);
  frame.select(2, 3).fill_(0);
  EXPECT_TRUE(decoded_gif(encode_gif({frame}, 60)).eq(128).all().item<bool>());
}

TEST(EncodeAnimations, RefuseFramesThatDoNotFitTogether) {
  const Tensor a = at::zeros({4, 4, 3}, at::kByte), b = at::zeros({4, 5, 3}, at::kByte);
  for (const auto& encode : {encode_gif, encode_webp}) {
    EXPECT_THROW(encode({}, 60), Error);
    EXPECT_THROW(encode({a, b}, 60), Error);
    EXPECT_THROW(encode({a.to(at::kFloat)}, 60), Error);
  }
  EXPECT_THROW(encode_webp({at::zeros({1, 16'384, 1}, at::kByte)}, 60), Error);
  EXPECT_THROW(encode_gif({at::zeros({1, 65'536, 1}, at::kByte)}, 60), Error);
}

TEST(MakePalette, TakesEveryColourWhereTheyFitAndNoMoreThan256) {
  const Tensor greys = at::arange(256).view({16, 16, 1}).expand({16, 16, 3}).to(at::kByte).contiguous();
  const Palette palette = make_palette({greys});
  ASSERT_EQ(palette.size(), 256);
  EXPECT_EQ(palette[77], (std::array<uint8_t, 3>{77, 77, 77}));
  Rng rng = make_rng(4, "colours");
  const Tensor many = at::randint(0, 256, {64, 64, 3}, rng, at::TensorOptions(at::kByte));
  EXPECT_EQ(make_palette({many}).size(), 256);
  EXPECT_TRUE(at::equal(PaletteIndex(palette).of(greys).flatten(), at::arange(256).to(at::kByte)));
}

}  // namespace saddle
