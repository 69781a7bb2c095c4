// Implements the features of a random network.
#include "saddle/features/random_network.h"

#include "saddle/base/error.h"
#include "saddle/features/pictures.h"
#include "saddle/networks/scope.h"

namespace saddle {
namespace {

constexpr double kRandomSlope = 0.2;  // of its leaky ReLU
constexpr int64_t kRandomChannels[] = {16, 16, 32, 32, 32};
constexpr int64_t kRandomBlock = 64;  // images at once: what they become stays in the cache

/// The convolutions, each stage's moments side by side.
class RandomStages final : public Network {
 public:
  explicit RandomStages(const std::vector<int64_t>& shape) {
    const Scope scope(*this, /*seed=*/0, "features");
    int64_t in = shape[0], side = std::min(shape[1], shape[2]);
    for (const int64_t out : kRandomChannels) {
      if (side <= 2) break;
      const double std = std::sqrt(2 / ((1 + kRandomSlope * kRandomSlope) * 16 * static_cast<double>(in)));
      kernels_.push_back(scope.in("stage" + std::to_string(kernels_.size())).kernel("weight", {out, in, 4, 4}, std));
      in = out;
      side = (side + 1) / 2;
    }
    set_requires_grad(false);
  }

  Tensor forward(const Tensor& input, const Tensor&) override {
    std::vector<Tensor> moments;
    Tensor x = input;
    for (const Weight& kernel : kernels_) {
      x = at::leaky_relu(halved(x, kernel), kRandomSlope);
      const Tensor mean = x.mean({2, 3}, /*keepdim=*/true);
      moments.push_back(mean.flatten(1));
      moments.push_back((x - mean).square().mean({2, 3}).sqrt());
    }
    return at::cat(moments, 1);
  }

 private:
  std::vector<Weight> kernels_;
};

class RandomFeatures final : public FeatureNetwork {
 public:
  explicit RandomFeatures(const std::vector<int64_t>& shape)
      : shape_(shape), stages_(std::make_unique<RandomStages>(shape)) {
    facts_.name = "random";
    facts_.origin = "a convolutional network with random weights";
    facts_.input = shape[0] == 4 ? "as it is, colours multiplied by opacity" : "as it is";
    facts_.hash = hash_of(stages_->state(), "leaky ReLU 0.2, mean and standard deviation of every stage");
    facts_.dimension = features(at::zeros({1, shape[0], shape[1], shape[2]})).size(1);
  }

  Tensor features(const Tensor& x) const override {
    check_pictures(x, "features random", shape_);
    return in_blocks(x, kRandomBlock, [&](const Tensor& block) { return stages_->forward(times_opacity(block)); });
  }

 private:
  std::vector<int64_t> shape_;
  std::unique_ptr<Network> stages_;
};

}  // namespace

std::shared_ptr<const FeatureNetwork> open_random_network(const FeatureOptions& options) {
  check_picture_shape(options.shape, "features random");
  return std::make_shared<RandomFeatures>(options.shape);
}

}  // namespace saddle
