// Feeds every parser cut and damaged files: each must return, or throw Error, and nothing else.
#include <gtest/gtest.h>
#include <zlib.h>

#include <random>

#include "saddle/base/error.h"
#include "saddle/io/file.h"
#include "saddle/io/idx.h"
#include "saddle/io/image.h"
#include "saddle/io/npy.h"
#include "saddle/io/safetensors.h"
#include "saddle/io/tfevents.h"
#include "tests/support/memory_file.h"
#include "tests/support/png_checksums.h"

namespace saddle {
namespace {

using testing_support::memory_file, testing_support::with_checksums;

constexpr int64_t kMost = 100'000;

using Parser = std::function<void(const std::string&)>;

/// Makes a parser of bytes out of one of paths.
Parser on_path(const std::function<void(const std::string&)>& parse) {
  return [=](const std::string& bytes) { parse(memory_file(bytes)); };
}

/// Returns whether the parser took the bytes; anything but an Error of one line fails the test.
bool accepts(const Parser& parse, const std::string& bytes) {
  try {
    parse(bytes);
    return true;
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
  } catch (const std::exception& error) {
    ADD_FAILURE() << error.what() << "\nfor " << testing::PrintToString(bytes);
  }
  return false;
}

/// Damages bytes in one to four places: other bits, extreme bytes, pieces left out or doubled.
std::string damaged(std::string bytes, std::mt19937& random) {
  const auto below = [&](size_t n) { return static_cast<size_t>(random() % std::max<size_t>(n, 1)); };
  for (size_t i = 0, count = 1 + below(4); i < count && !bytes.empty(); ++i) {
    const size_t place = below(4) == 0 ? below(bytes.size()) : below(std::min<size_t>(bytes.size(), 160));
    switch (below(5)) {
      case 0:
        bytes[place] ^= static_cast<char>(1 << below(8));
        break;
      case 1:
        bytes[place] = static_cast<char>(random());
        break;
      case 2:
        bytes[place] = "\0\xff\x7f\x80\x01"[below(5)];
        break;
      case 3:
        bytes.erase(place, 1 + below(8));
        break;
      default:
        bytes.insert(place, bytes.substr(place, 1 + below(8)));
    }
  }
  return bytes;
}

void expect_robust(const Parser& parse, const std::string& whole, int count,
                   const std::function<std::string(std::string)>& repair = {}) {
  ASSERT_TRUE(accepts(parse, whole));
  for (size_t size = 0; size < whole.size(); ++size) accepts(parse, whole.substr(0, size));
  std::mt19937 random(1);
  for (int i = 0; i < count && !testing::Test::HasFailure(); ++i) {
    const std::string bytes = damaged(whole, random);
    accepts(parse, repair ? repair(bytes) : bytes);
  }
}

void expect_cuts_refused(const Parser& parse, const std::string& whole) {
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(accepts(parse, whole.substr(0, size))) << size << " of " << whole.size() << " bytes";
}

std::map<std::string, std::string> golden(const std::string& file) {
  const std::string path = SADDLE_GOLDEN "/" + file;
  std::map<std::string, std::string> files;
  for (const auto& [key, x] : decode_safetensors(read_file(path), path))
    if (key.rfind("file/", 0) == 0) files[key.substr(5)] = {static_cast<const char*>(x.const_data_ptr()), x.nbytes()};
  return files;
}

std::string gzipped(const std::string& bytes) {
  const std::string path = testing::TempDir() + "saddle_robustness.gz";
  const gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
  return read_file(path);
}

}  // namespace

TEST(DecodeImage, SurvivesCutsAndDamage) {
  const auto files = golden("images.safetensors");
  const Parser parse = on_path([](const std::string& path) { decode_image(path, kMost); });
  for (const char* name :
       {"rgb_8.png", "grey_8.png", "many_chunks.jpg", "rgba_16_interlaced.png", "palette_2_transparent.png",
        "eight_rotated.png", "grey.jpeg", "progressive.jpeg", "orientation_6.jpg", "lossy_alpha.webp",
        "six_rotated.webp", "colour_text.ppm", "grey_16.pnm"}) {
    SCOPED_TRACE(name);
    expect_robust(parse, files.at(name), 1000,
                  std::string(name).find(".png") != std::string::npos ? with_checksums : nullptr);
  }
}

TEST(DecodeImage, RefusesEveryCut) {
  const auto files = golden("images.safetensors");
  const Parser parse = on_path([](const std::string& path) { decode_image(path, kMost); });
  for (const char* name :
       {"grey_1.png", "grey_8.png", "large_rgb.png", "rgb_8_interlaced.png", "rgba_16.png", "rgb.jpeg",
        "progressive.jpeg", "lossy.webp", "lossless_alpha.webp", "six_rotated.webp", "colour.ppm"}) {
    SCOPED_TRACE(name);
    expect_cuts_refused(parse, files.at(name));
  }
}

TEST(ReadImageHeader, SurvivesCutsAndDamage) {
  const auto files = golden("images.safetensors");
  const Parser parse = on_path([](const std::string& path) { read_image_header(path, kMost); });
  for (const char* name : {"eight_rotated.png", "orientation_6.jpg", "six_rotated.webp", "colour_text.ppm"}) {
    SCOPED_TRACE(name);
    expect_robust(parse, files.at(name), 1000);
  }
}

TEST(ReadNpy, SurvivesCutsAndDamageAndRefusesEveryCut) {
  const auto files = golden("npy.safetensors");
  const Parser parse = on_path([](const std::string& path) { read_npy(path, kMost); });
  for (const char* name : {"<f4 C", ">i2 F", "version 3"}) {
    SCOPED_TRACE(name);
    expect_robust(parse, files.at(name), 3000);
    expect_cuts_refused(parse, files.at(name));
  }
}

TEST(ReadIdx, SurvivesCutsAndDamageAndRefusesEveryCut) {
  const std::string plain("\0\0\x8\2\0\0\0\3\0\0\0\4zyxwvutsrqpo", 24);
  const Parser parse = on_path([](const std::string& path) {
    is_idx(path);
    read_idx(path, kMost);
  });
  for (const std::string& whole : {plain, gzipped(plain)}) {
    expect_robust(parse, whole, 3000);
    expect_cuts_refused(parse, whole);
  }
}

TEST(DecodeSafetensors, SurvivesCutsAndDamageAndRefusesEveryCut) {
  const std::string whole =
      encode_safetensors({{"a", at::ones({2, 3})}, {"b", at::ones({4}, at::kBool)}}, {{"format", "x"}});
  const Parser parse = [](const std::string& bytes) { decode_safetensors(bytes, "x"); };
  expect_robust(parse, whole, 5000);
  expect_cuts_refused(parse, whole);
}

TEST(ValidEventBytes, SurvivesCutsAndDamage) {
  const std::string whole = encode_event_header(1) + encode_scalar_event(2, 3, "tag", 4);
  expect_robust([](const std::string& bytes) { valid_event_bytes(bytes, 9); }, whole, 5000);
}

}  // namespace saddle
