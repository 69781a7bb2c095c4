// Tests of what all features have in common, on those of a random network, and of the table.
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "saddle/base/rng.h"
#include "saddle/features/feature_network.h"
#include "tests/support/files.h"

namespace saddle {
namespace {

using testing_support::message_of;

Tensor noise_images(at::IntArrayRef shape, const char* purpose) {
  Rng rng = make_rng(3, purpose);
  return rand(shape, rng) * 2 - 1;
}

std::shared_ptr<const FeatureNetwork> open_random(int64_t channels, int64_t height, int64_t width) {
  return open_features("random", {.shape = {channels, height, width}});
}

TEST(RandomFeatures, OfAnImageDoNotDependOnTheOthers) {
  const auto network = open_random(3, 32, 32);
  const Tensor x = noise_images({130, 3, 32, 32}, "batch");
  const Tensor all = network->features(x);
  for (const int64_t i : {0, 63, 64, 129})
    EXPECT_TRUE(at::allclose(network->features(x.slice(0, i, i + 1)), all.slice(0, i, i + 1), 1e-5, 1e-6)) << i;
}

TEST(RandomFeatures, AreFiniteForEverySizeAndNumberOfChannels) {
  for (const int64_t channels : {1, 3, 4})
    for (const auto& [height, width] :
         {std::pair<int64_t, int64_t>{8, 8}, {28, 28}, {9, 47}, {64, 48}, {256, 256}, {8, 255}}) {
      const auto network = open_random(channels, height, width);
      const Tensor y = network->features(noise_images({2, channels, height, width}, "sizes"));
      EXPECT_EQ(y.sizes(), at::IntArrayRef({2, network->facts().dimension}));
      EXPECT_LE(network->facts().dimension, 256);
      EXPECT_TRUE(y.isfinite().all().item<bool>()) << channels << " " << height << " " << width;
    }
}

TEST(RandomFeatures, AreTheSameOnTwoThreads) {
  const Tensor x = noise_images({64, 1, 28, 28}, "threads");
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const Tensor one = open_random(1, 28, 28)->features(x);
  at::set_num_threads(2);
  const Tensor two = open_random(1, 28, 28)->features(x);
  at::set_num_threads(threads);
  EXPECT_TRUE(at::allclose(one, two, 1e-5, 1e-6));
}

TEST(RandomFeatures, OfAStreamAreThoseOfAllImagesTogether) {
  const auto network = open_random(1, 16, 16);
  const Tensor x = noise_images({70, 1, 16, 16}, "stream"), all = network->features(x);
  for (const int64_t announced : {0, 10, 70, 100}) {
    int64_t done = 0;
    const auto next = [&]() -> Tensor {
      if (done >= 70) return {};
      done += 30;
      return x.slice(0, done - 30, done);
    };
    EXPECT_TRUE(at::allclose(network->features(next, announced), all, 1e-5, 1e-6)) << announced;
  }
}

TEST(RandomFeatures, OfNoImagesAreAnEmptyTable) {
  const auto network = open_random(1, 16, 16);
  EXPECT_EQ(network->features([]() -> Tensor { return {}; }).sizes(), at::IntArrayRef({0, network->facts().dimension}));
  EXPECT_EQ(network->features(at::empty({0, 1, 16, 16})).size(0), 0);
}

TEST(RandomFeatures, DoNotSeeTheColoursOfWhatIsTransparent) {
  const auto network = open_random(4, 16, 16);
  Tensor x = noise_images({1, 4, 16, 16}, "transparent"), y = noise_images({1, 4, 16, 16}, "other colours");
  x.slice(1, 3, 4).fill_(-1);
  y.slice(1, 3, 4).fill_(-1);
  EXPECT_TRUE(at::equal(network->features(x), network->features(y)));
  x.slice(1, 3, 4).fill_(1);
  EXPECT_FALSE(at::allclose(network->features(x), network->features(y)));
}

TEST(RandomFeatures, HaveAHashOfTheirOwnForEveryNumberOfChannels) {
  EXPECT_EQ(open_random(1, 32, 32)->facts().hash, open_random(1, 32, 32)->facts().hash);
  EXPECT_NE(open_random(1, 32, 32)->facts().hash, open_random(3, 32, 32)->facts().hash);
  EXPECT_EQ(open_random(1, 32, 32)->facts().hash.size(), 16);
}

TEST(RandomFeatures, RefuseImagesOfAnotherShapeAndKnowNoClasses) {
  const auto network = open_random(3, 32, 32);
  EXPECT_EQ(message_of([&] { network->features(at::zeros({2, 1, 32, 32})); }),
            "features random: expected float32 images [n, 3, 32, 32] on the CPU, got Float [2, 1, 32, 32]");
  EXPECT_EQ(message_of([&] { network->classes(at::zeros({2, network->facts().dimension})); }),
            "features random: expected a classifier, got features without classes");
  EXPECT_EQ(message_of([] { open_random(2, 32, 32); }),
            "features random: expected images of 1, 3 or 4 channels and 8 to 1024 pixels a side, got [2, 32, 32]");
  EXPECT_EQ(network->class_count(), 0);
}

TEST(Features, NamesTheNearestOfAnUnknownName) {
  const std::string message = message_of([] { open_features("imagnet", {.shape = {3, 32, 32}}); });
  EXPECT_NE(message.find("did you mean 'imagenet'?"), std::string::npos) << message;
}

TEST(Features, BuiltinIsTheRandomNetworkWhereThereAreNoLabels) {
  EXPECT_EQ(open_features("builtin", {.shape = {3, 32, 32}})->facts().hash, open_random(3, 32, 32)->facts().hash);
}

}  // namespace
}  // namespace saddle
