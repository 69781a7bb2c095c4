// Tests of images against files and pixels made in Python (tests/golden/images.py), and by their own round
// trips.
#include "saddle/io/image.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/io/file.h"
#include "saddle/io/safetensors.h"
#include "tests/support/files.h"

namespace saddle {
namespace {

using testing_support::message_of;
using testing_support::put_file;

constexpr int64_t kMaxPixels = 10'000;

/// What alpha, the last of 2 or 4 channels, leaves of an image on white.
Tensor on_white(const Tensor& x) {
  if (x.size(2) % 2 == 1) return x;
  const Tensor wide = x.to(at::kInt), alpha = wide.narrow(2, x.size(2) - 1, 1),
               colours = wide.narrow(2, 0, x.size(2) - 1);
  return at::floor_divide(colours * alpha + 255 * (255 - alpha) + 127, 255).to(at::kByte);
}

/// The files and pixels that images.py wrote, with the files also on the disk.
struct Golden {
  std::map<std::string, std::string> paths, refusals;
  std::map<std::string, Tensor> pixels;
};

const Golden& golden() {
  static const Golden result = [] {
    Golden golden;
    const std::string path = SADDLE_GOLDEN "/images.safetensors", folder = testing::TempDir() + "saddle_image/";
    std::filesystem::create_directories(folder);
    for (const auto& [key, x] : decode_safetensors(read_file(path), path, &golden.refusals)) {
      const std::string name = key.substr(key.find('/') + 1);
      if (key.rfind("pixels/", 0) == 0) {
        golden.pixels[name] = x;
      } else {
        golden.paths[name] = folder + name;
        put_file(folder + name, {static_cast<const char*>(x.const_data_ptr()), x.nbytes()});
      }
    }
    return golden;
  }();
  return result;
}

bool is_exact(const std::string& name) {
  return name.find(".jp") == std::string::npos && name.find("lossy") == std::string::npos;
}

}  // namespace

TEST(DecodeImage, GivesThePixelsOfEveryGoldenFile) {
  EXPECT_GT(golden().pixels.size(), 60u);
  for (const auto& [name, expected] : golden().pixels) {
    const Tensor decoded = decode_image(golden().paths.at(name), kMaxPixels), x = on_white(decoded);
    ASSERT_EQ(x.sizes(), expected.sizes()) << name;
    EXPECT_TRUE(decoded.is_contiguous()) << name;
    const int64_t difference = (x.to(at::kInt) - expected.to(at::kInt)).abs().max().item<int64_t>();
    EXPECT_LE(difference, is_exact(name) ? 0 : 2) << name;
  }
}

TEST(ReadImageHeader, AgreesWithThePixelsOfEveryGoldenFile) {
  for (const auto& [name, expected] : golden().pixels) {
    const ImageHeader header = read_image_header(golden().paths.at(name), kMaxPixels);
    EXPECT_EQ((std::vector<int64_t>{header.height, header.width, header.channels}), expected.sizes()) << name;
    EXPECT_EQ(header.alpha, decode_image(golden().paths.at(name), kMaxPixels).size(2) % 2 == 0) << name;
    EXPECT_EQ(header.deep, name.find("_16") != std::string::npos) << name;
  }
}

TEST(DecodeImage, RefusesEveryBadGoldenFileWithItsReason) {
  EXPECT_GT(golden().refusals.size(), 20u);
  for (const auto& [name, part] : golden().refusals) {
    const std::string path = golden().paths.at(name);
    const std::string text = message_of([&] { decode_image(path, kMaxPixels); });
    EXPECT_EQ(text.rfind(path + ": ", 0), 0u) << text;
    EXPECT_NE(text.find(part), std::string::npos) << text;
    EXPECT_EQ(text.find('\n'), std::string::npos) << text;
  }
}

TEST(ReadImageHeader, FindsTheFormatByContent) {
  const auto format = [&](const char* name) { return read_image_header(golden().paths.at(name), kMaxPixels).format; };
  EXPECT_EQ(format("many_chunks.jpg"), "PNG");
  EXPECT_EQ(format("grey.jpeg"), "JPEG");
  EXPECT_EQ(format("lossy.webp"), "WebP");
  EXPECT_EQ(format("grey_16.pnm"), "PNM");
}

TEST(ReadImageHeader, ReadsAHeaderThatIsLongerThanItsFirstRead) {
  // a profile of 70,000 bytes before the pixels, and then the same with the file's rest missing
  const std::string whole = encode_png(at::zeros({2, 3, 3}, at::kByte));
  std::string chunk("\0\1\x11\x70prVt", 8);
  chunk.append(70'000, 'x').append("\0\0\0\0", 4);
  const std::string path = testing::TempDir() + "saddle_long_header.png";
  put_file(path, whole.substr(0, 33) + chunk + whole.substr(33));
  EXPECT_EQ(read_image_header(path, kMaxPixels).width, 3);
  EXPECT_EQ(decode_image(path, kMaxPixels).size(1), 3);
  put_file(path, whole.substr(0, 33) + chunk);
  EXPECT_EQ(message_of([&] { read_image_header(path, kMaxPixels); }),
            path + ": expected a whole PNG, got one that ends in its header");
}

TEST(DecodeImage, CountsPixelsAgainstTheLimit) {
  const std::string path = golden().paths.at("rgb_8.png");  // 10 wide, 9 high
  EXPECT_NO_THROW(decode_image(path, 90));
  const std::string expected = path + ": expected at most 89 pixels, got 10 x 9 (see --max-pixels)";
  EXPECT_EQ(message_of([&] { decode_image(path, 89); }), expected);
  EXPECT_EQ(message_of([&] { read_image_header(path, 89); }), expected);
  EXPECT_NO_THROW(decode_image(path, std::numeric_limits<int64_t>::max()));
}

TEST(DecodeImage, ReadsAJpegWithJunkBeforeItsEndAndSaysSo) {
  std::string whole = read_file(golden().paths.at("rgb.jpeg"));
  ASSERT_EQ(whole.substr(whole.size() - 2), "\xff\xd9");
  const std::string path = testing::TempDir() + "saddle_junk.jpg";
  put_file(path, whole.substr(0, whole.size() - 2) + std::string(17, '\x11') + "\xff\xd9");
  std::string remark = "untouched";
  const Tensor clean = decode_image(golden().paths.at("rgb.jpeg"), kMaxPixels, kWhite16, &remark);
  EXPECT_EQ(remark, "");
  EXPECT_TRUE(at::equal(decode_image(path, kMaxPixels, kWhite16, &remark), clean));
  EXPECT_NE(remark.find("extraneous bytes"), std::string::npos) << remark;
}

TEST(DecodeImage, RefusesAJpegWithoutItsEnd) {
  const std::string whole = read_file(golden().paths.at("progressive.jpeg")),
                    path = testing::TempDir() + "saddle_cut.jpg";
  put_file(path, whole.substr(0, whole.size() - 2));
  EXPECT_NE(message_of([&] { decode_image(path, kMaxPixels); }).find("cut or damaged"), std::string::npos);
}

TEST(DecodeImage, OfSixteenBitsMakesTheGivenNumberWhite) {
  const std::string path = testing::TempDir() + "saddle_deep.pgm";
  put_file(path, std::string("P5 4 1 65535\n") + std::string("\0\0\x08\0\x0f\xff\x20\0", 8));  // 0, 2048, 4095, 8192
  EXPECT_EQ(largest_number(path, kMaxPixels), 8192);
  EXPECT_TRUE(at::equal(decode_image(path, kMaxPixels, 4095).flatten(), at::tensor({0, 128, 255, 255}, at::kByte)));
  const std::string png = golden().paths.at("rgba_16.png");
  EXPECT_GT(largest_number(png, kMaxPixels), 60'000);
  const Tensor x = decode_image(png, kMaxPixels, 32767), plain = decode_image(png, kMaxPixels);
  EXPECT_TRUE(at::equal(x.select(2, 3), plain.select(2, 3)));  // transparency has a range of its own
  const Tensor twice = plain.narrow(2, 0, 3).to(at::kInt).mul(2).clamp_max(255), found = x.narrow(2, 0, 3).to(at::kInt);
  EXPECT_LE((found - twice).abs().max().item<int64_t>(), 2);
}

TEST(ImageBytes, GiveBackWhatCanBeSeenOfPremultipliedColours) {
  const Tensor rgba = at::tensor({200, 100, 0, 255, 90, 90, 90, 0, 255, 255, 10, 128}, at::kByte).view({1, 1, 3, 4});
  const Tensor stored = premultiplied(rgba);
  EXPECT_TRUE(at::equal(stored.flatten(), at::tensor({200, 100, 0, 255, 0, 0, 0, 0, 128, 128, 5, 128}, at::kByte)));
  const Tensor x = (stored.permute({0, 3, 1, 2}).to(at::kFloat) - 127.5F) * (1 / 127.5F);  // as data sets have it
  EXPECT_TRUE(
      at::equal(image_bytes(x).flatten(), at::tensor({200, 100, 0, 255, 0, 0, 0, 0, 255, 255, 10, 128}, at::kByte)));
  EXPECT_TRUE(at::equal(to_byte_levels(x), x));
}

TEST(DecodeImage, NamesAMissingFile) {
  EXPECT_EQ(message_of([] { decode_image("/nowhere/x.png", kMaxPixels); }),
            "/nowhere/x.png: expected a file that can be read, got: No such file or directory");
}

TEST(HasImageExtension, KnowsWhatIsReadAndWhatIsRefusedByName) {
  for (const char* name : {"a.png", "b/c.JPG", "d.e.jpeg", "f.WebP", "g.pgm", "h.ppm", "i.bmp", "j.tiff", "k.gif",
                           "l.jfif", "m.JPE", "n.jif"})
    EXPECT_TRUE(has_image_extension(name)) << name;
  for (const char* name : {"png", "a.txt", "a.png.txt", "a.png/readme", "", ".png"})
    EXPECT_FALSE(has_image_extension(name)) << name;
}

TEST(EncodePng, DecodesToTheSamePixels) {
  const std::string path = testing::TempDir() + "saddle_encoded.png";
  for (const std::vector<int64_t>& shape :
       {std::vector<int64_t>{1, 1, 1}, {7, 5, 3}, {64, 64, 3}, {300, 200, 1}, {9, 4, 4}}) {
    const Tensor x = at::arange(shape[0] * shape[1] * shape[2]).mul(37).bitwise_and(255).to(at::kByte).reshape(shape);
    put_file(path, encode_png(x));
    EXPECT_TRUE(at::equal(decode_image(path, 100'000), x));
  }
}

TEST(EncodePng, TakesViewsAndGivesTheSameBytesEachTime) {
  const Tensor x = at::arange(24).to(at::kByte).reshape({3, 4, 2}).permute({2, 1, 0});
  EXPECT_EQ(encode_png(x), encode_png(x.contiguous()));
}

TEST(EncodePng, RefusesWhatIsNoPicture) {
  EXPECT_THROW(encode_png(Tensor()), Error);
  EXPECT_THROW(encode_png(at::zeros({4, 4, 3})), Error);
  EXPECT_THROW(encode_png(at::zeros({4, 4}, at::kByte)), Error);
  EXPECT_THROW(encode_png(at::zeros({4, 4, 2}, at::kByte)), Error);
  EXPECT_THROW(encode_png(at::zeros({0, 4, 3}, at::kByte)), Error);
}

}  // namespace saddle
