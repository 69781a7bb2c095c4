// Tests of EfficientNet-Lite and of the features named imagenet against PyTorch.
#include "saddle/features/efficientnet.h"

#include <gtest/gtest.h>

#include "saddle/base/rng.h"
#include "saddle/features/feature_network.h"
#include "saddle/io/file.h"
#include "saddle/io/safetensors.h"
#include "tests/data/temp_folder.h"
#include "tests/golden/efficientnet.h"
#include "tests/support/files.h"

namespace saddle {
namespace {

using testing_support::message_of;

/// Uniform on [-1, 1), the same in Python: tests/golden/efficientnet.py.
Tensor hashed(at::IntArrayRef shape, uint32_t seed) {
  Tensor x = at::empty(shape);
  for (uint32_t i = 0; i < x.numel(); ++i) {
    uint32_t h = (i + seed * 0x01000193u) * 0x9E3779B1u;
    h = (h ^ (h >> 15)) * 0x85EBCA77u;
    h = (h ^ (h >> 13)) * 0xC2B2AE3Du;
    h = h ^ (h >> 16);
    x.data_ptr<float>()[i] = static_cast<float>(h >> 8) / (1 << 23) - 1;
  }
  return x;
}

void give_hashed_weights(Network& network) {
  TensorMap state = network.state();
  uint32_t i = 0;
  for (auto& [name, x] : state) {
    const bool kernel = x.dim() == 4;
    const double scale = kernel ? std::sqrt(6 / static_cast<double>(x[0].numel())) : 0.5;
    const bool around_one = !kernel && (name.ends_with("_var") || name.ends_with("weight"));
    x = (hashed(x.sizes(), i++).to(at::kDouble) * scale + (around_one ? 1 : 0)).to(at::kFloat);
  }
  network.set_state(state);
}

Tensor golden_rows(const double (&rows)[2][16]) {
  return at::from_blob(const_cast<double*>(&rows[0][0]), {2, 16}, at::kDouble);
}

double largest_difference(const Tensor& a, const Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

/// The folder with the converted weights; empty where there is none.
std::string imagenet_folder() {
  const char* cache = std::getenv("SADDLE_CACHE");
  const char* home = std::getenv("HOME");
  const std::string folder =
      (cache != nullptr ? std::string(cache) : std::string(home != nullptr ? home : "") + "/.cache/saddle") +
      "/features";
  return std::filesystem::exists(folder + "/efficientnet-lite0.safetensors") ? folder : "";
}

TEST(EfficientNet, GivesWhatPyTorchDoesForSmallNetworks) {
  const auto network =
      make_efficientnet({.stem = 8, .head = 16, .stages = {{1, 3, 1, 1, 4}, {2, 5, 2, 3, 6}, {2, 3, 1, 2, 6}}});
  give_hashed_weights(*network);
  const Tensor y = network->forward(hashed({2, 3, 19, 14}, 1000));
  EXPECT_LT(largest_difference(y, golden_rows(golden::kTinyEfficientNet)), 1e-5);
}

TEST(EfficientNet, GivesWhatPyTorchDoesForTheWeightsOfImageNet) {
  const std::string folder = imagenet_folder();
  if (folder.empty()) GTEST_SKIP() << "no weights: ./run features makes them";
  const auto network = make_efficientnet({});
  const std::string path = folder + "/efficientnet-lite0.safetensors";
  network->set_state(decode_safetensors(read_file(path), path));
  const Tensor y = network->forward(hashed({2, 3, 224, 224}, 1001));
  EXPECT_EQ(y.sizes(), at::IntArrayRef({2, 1280}));
  EXPECT_LT(largest_difference(y.view({2, 16, 80}).sum(2), golden_rows(golden::kEfficientNetLite0)), 1e-4);
}

TEST(ImagenetFeatures, OfAnImageDoNotDependOnTheOthers) {
  const std::string folder = imagenet_folder();
  if (folder.empty()) GTEST_SKIP() << "no weights: ./run features makes them";
  for (const int64_t channels : {1, 4}) {
    const auto network = open_features("imagenet", {.shape = {channels, 28, 20}, .cache_dir = folder});
    const Tensor x = hashed({18, channels, 28, 20}, 5), all = network->features(x);
    EXPECT_EQ(all.sizes(), at::IntArrayRef({18, 1280}));
    for (const int64_t i : {0, 17})
      EXPECT_TRUE(at::allclose(network->features(x.slice(0, i, i + 1)), all.slice(0, i, i + 1), 1e-4, 1e-5)) << i;
  }
}

TEST(ImagenetFeatures, SayHowToGetTheirFile) {
  const TempFolder folder;
  EXPECT_EQ(message_of([&] { open_features("imagenet", {.shape = {3, 32, 32}, .cache_dir = folder / "none"}); }),
            "features imagenet: expected the weights in " + (folder / "none") +
                "/efficientnet-lite0.safetensors, got no such file (make it: ./run features)");
}

TEST(ImagenetFeatures, SayWhatIsWrongWithTheirFile) {
  const TempFolder folder;
  const std::string path = folder / "efficientnet-lite0.safetensors";
  write_file(path, encode_safetensors({{"_conv_stem.weight", at::zeros({32, 3, 5, 5})}}));
  const std::string message =
      message_of([&] { open_features("imagenet", {.shape = {3, 32, 32}, .cache_dir = folder.path()}); });
  EXPECT_TRUE(message.starts_with(path + ": expected the weights of EfficientNet-Lite0, got: ")) << message;
  EXPECT_TRUE(message.ends_with("(make it again: ./run features)")) << message;
}

}  // namespace
}  // namespace saddle
