// Tests of how well the classifier behind the builtin features learns known data.
#include <gtest/gtest.h>

#include "saddle/base/rng.h"
#include "saddle/features/learnt_features.h"
#include "saddle/io/idx.h"

namespace saddle {
namespace {

/// Images and their labels, passed through in an order of their own again and again.
class LabelledImages final : public Sampler {
 public:
  LabelledImages(Tensor x, Tensor labels) : x_(std::move(x)), labels_(std::move(labels)) {}

  Batch sample(int64_t n) override {
    if (!order_.defined() || order_.size(0) < n) order_ = at::randperm(x_.size(0), rng_);
    const Tensor rows = order_.slice(0, 0, n);
    order_ = order_.slice(0, n);
    return {x_.index_select(0, rows), labels_.index_select(0, rows)};
  }
  std::vector<int64_t> shape() const override { return x_.sizes().slice(1).vec(); }
  int64_t count() const override { return x_.size(0); }
  TensorMap state() const override { return {}; }
  void set_state(const TensorMap&) override {}

 private:
  Tensor x_, labels_, order_;
  Rng rng_ = make_rng(0, "images");
};

TEST(LearntFeatures, TellDigitsThatTheyHaveNotSeen) {
  const char* folder = std::getenv("SADDLE_TEST_DATA");
  const std::string digits = std::string(folder == nullptr ? "" : folder) + "/mnist-t10k/t10k-";
  if (!std::filesystem::exists(digits + "images-idx3-ubyte.gz"))
    GTEST_SKIP() << "SADDLE_TEST_DATA names no folder with mnist-t10k (MNIST's test set)";
  constexpr int64_t kMost = 1 << 30, kLearnt = 8000;
  const Tensor x = read_idx(digits + "images-idx3-ubyte.gz", kMost).unsqueeze(1).to(at::kFloat) / 127.5 - 1;
  const Tensor labels = read_idx(digits + "labels-idx1-ubyte.gz", kMost).to(at::kLong);
  LabelledImages train(x.slice(0, 0, kLearnt), labels.slice(0, 0, kLearnt));
  const auto network =
      open_classifier({.shape = {1, 28, 28}, .train = &train, .label_counts = std::vector<int64_t>(10, kLearnt / 10)});
  const Tensor right = network->classes(network->features(x.slice(0, kLearnt))) == labels.slice(0, kLearnt);
  EXPECT_GE(right.to(at::kDouble).mean().item<double>(), 0.97);
}

}  // namespace
}  // namespace saddle
