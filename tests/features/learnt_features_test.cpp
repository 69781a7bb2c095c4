// Tests of features that a small classifier has learnt, and of their keeping.
#include "saddle/features/learnt_features.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/io/file.h"
#include "tests/data/temp_folder.h"
#include "tests/support/files.h"

namespace saddle {
namespace {

using testing_support::message_of;

/// Noisy stripes of three directions: an endless supply of labelled images of 12x12 pixels, as if there were `count`;
/// two hundred passes over so many are learnt from.
class Stripes final : public Sampler {
 public:
  explicit Stripes(uint64_t seed, int64_t count = 1) : count_(count), rng_(make_rng(seed, "stripes")) {}

  Batch sample(int64_t n) override {
    const Tensor labels = at::randint(3, {n}, rng_, at::kLong);
    const Tensor row = at::arange(12, at::kFloat).view({1, 12, 1}), column = row.transpose(1, 2);
    const Tensor kind = labels.view({-1, 1, 1});
    const Tensor along =
        at::where(kind == 0, row.expand({n, 12, 12}),
                  at::where(kind == 1, column.expand({n, 12, 12}), (row + column).expand({n, 12, 12})));
    const Tensor waves = (along * 1.5 + rand({n, 1, 1}, rng_) * 6).sin();
    return {(waves * 0.5 + randn({n, 12, 12}, rng_) * 0.2).clamp(-1, 1).unsqueeze(1).contiguous(), labels};
  }

  std::vector<int64_t> shape() const override { return {1, 12, 12}; }
  int64_t count() const override { return count_; }
  TensorMap state() const override { return {}; }
  void set_state(const TensorMap&) override {}

 private:
  int64_t count_;
  Rng rng_;
};

struct Learning {
  Stripes stripes;
  int told = 0;  // how often progress was told
  FeatureOptions options{};

  /// In two steps, where how well it learns matters to nothing; the more `count`, the better.
  explicit Learning(const std::string& folder = "", const std::string& content = "stripes", int64_t count = 1)
      : stripes(1, count) {
    options = {.shape = {1, 12, 12},
               .train = &stripes,
               .label_counts = {40, 30, 30},
               .content = content,
               .cache_dir = folder,
               .progress = [this](const std::string&, double) { ++told; }};
  }
  std::shared_ptr<const FeatureNetwork> open() { return open_features("builtin", options); }
};

/// Features that learnt for as long as it takes to tell the stripes apart; once for all tests.
const FeatureNetwork& well_learnt() {
  static const auto network = Learning("", "stripes", 20).open();
  return *network;
}

std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry.path());
  return files;
}

TEST(LearntFeatures, TellTheClassesOfImagesThatTheyHaveNotSeen) {
  const FeatureNetwork& network = well_learnt();
  EXPECT_EQ(network.class_count(), 3);
  EXPECT_EQ(network.facts().origin, "a classifier of 3 classes, learnt from 100 images");
  const Batch fresh = Stripes(2).sample(1000);
  const Tensor right = network.classes(network.features(fresh.x)) == fresh.labels;
  EXPECT_GE(right.to(at::kDouble).mean().item<double>(), 0.95);
}

TEST(LearntFeatures, OfAnImageDoNotDependOnTheOthers) {
  const FeatureNetwork& network = well_learnt();
  const Tensor x = Stripes(2).sample(130).x, all = network.features(x);
  EXPECT_EQ(all.sizes(), at::IntArrayRef({130, 128}));
  EXPECT_EQ(network.features(x.slice(0, 0, 0)).sizes(), at::IntArrayRef({0, 128}));
  for (const int64_t i : {0, 63, 64, 129})
    EXPECT_TRUE(at::allclose(network.features(x.slice(0, i, i + 1)), all.slice(0, i, i + 1), 1e-4, 1e-5)) << i;
}

TEST(LearntFeatures, AreTheSameHoweverManyThreadsLearn) {
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const auto one = Learning().open();
  at::set_num_threads(2);
  const auto two = Learning().open();
  at::set_num_threads(threads);
  EXPECT_EQ(one->facts().hash, two->facts().hash);
}

TEST(LearntFeatures, AreReadAgainInsteadOfLearntAgain) {
  const TempFolder folder;
  Learning first(folder.path()), second(folder.path());
  const auto learnt = first.open();
  EXPECT_GT(first.told, 0);
  const auto kept = second.open();
  EXPECT_EQ(second.told, 0);
  EXPECT_EQ(kept->facts().hash, learnt->facts().hash);
  const Tensor x = Stripes(2).sample(10).x;
  EXPECT_TRUE(at::allclose(kept->features(x), learnt->features(x), 1e-5, 1e-6));
}

TEST(LearntFeatures, AreLearntAnewForOtherContent) {
  const TempFolder folder;
  Learning first(folder.path()), second(folder.path(), "other stripes");
  first.open();
  second.open();
  EXPECT_GT(second.told, 0);
  EXPECT_EQ(files_in(folder.path()).size(), 2);
}

TEST(LearntFeatures, AreLearntAnewWhereTheFileIsDamaged) {
  const TempFolder folder;
  const auto hash = Learning(folder.path()).open()->facts().hash;
  ASSERT_EQ(files_in(folder.path()).size(), 1);
  const std::string path = files_in(folder.path())[0], whole = read_file(path);
  std::string flipped = whole;
  flipped[whole.size() - 1000] = static_cast<char>(flipped[whole.size() - 1000] ^ 1);
  for (const std::string& damaged : {std::string("nothing"), whole.substr(0, whole.size() / 2), flipped}) {
    write_file(path, damaged);
    Learning again(folder.path());
    EXPECT_EQ(again.open()->facts().hash, hash);
    EXPECT_GT(again.told, 0);
    EXPECT_EQ(read_file(path), whole);
  }
}

TEST(LearntFeatures, AreNotLearntWhereTheyCannotBeKept) {
  const TempFolder folder;
  write_file(folder.path() + "/file", "");
  Learning learning(folder.path() + "/file/features");
  const std::string message = message_of([&] { learning.open(); });
  EXPECT_NE(message.find("/file/features: expected a folder to keep learnt features in, got: "), std::string::npos)
      << message;
  EXPECT_EQ(learning.told, 0);
}

TEST(LearntFeatures, LetProgressStopTheLearning) {
  Learning learning;
  learning.options.progress = [](const std::string& what, double share) {
    if (share > 0.1) throw Error("stopped while " + what);
  };
  EXPECT_EQ(message_of([&] { learning.open(); }), "stopped while learning features");
}

TEST(LearntFeatures, TellTheClassesOfFeaturesOfTheirOwnLengthAlone) {
  EXPECT_EQ(message_of([&] { well_learnt().classes(at::zeros({2, 7})); }),
            "features builtin: expected features [n, 128], got [2, 7]");
}

TEST(LearntFeatures, AreLearntFromImagesOfManySizes) {
  class Noise final : public Sampler {
   public:
    explicit Noise(std::vector<int64_t> shape) : shape_(std::move(shape)) {}
    Batch sample(int64_t n) override {
      return {rand({n, shape_[0], shape_[1], shape_[2]}, rng_) * 2 - 1, at::arange(n) % 2};
    }
    std::vector<int64_t> shape() const override { return shape_; }
    int64_t count() const override { return 1; }
    TensorMap state() const override { return {}; }
    void set_state(const TensorMap&) override {}

   private:
    std::vector<int64_t> shape_;
    Rng rng_ = make_rng(4, "noise");
  };
  for (const std::vector<int64_t>& shape : {std::vector<int64_t>{1, 8, 8}, {3, 9, 47}, {4, 28, 28}, {3, 100, 130}}) {
    Noise noise(shape);
    const auto network = open_classifier({.shape = shape, .train = &noise, .label_counts = {1, 1}});
    const Tensor y = network->features(noise.sample(3).x);
    EXPECT_EQ(y.sizes(), at::IntArrayRef({3, 128}));
    EXPECT_TRUE(y.isfinite().all().item<bool>()) << at::IntArrayRef(shape);
  }
}

}  // namespace
}  // namespace saddle
