// Implements EfficientNet-Lite.
#include "saddle/features/efficientnet.h"

#include "saddle/networks/scope.h"

namespace saddle {
namespace {

constexpr double kEfficientEpsilon = 1e-3;  // of batch norm

/// A convolution without a bias, and its batch norm.
class NormedConvolution {
 public:
  struct Sizes {
    int64_t in, out, kernel, stride, groups;
  };

  NormedConvolution(const Scope& convolution, const Scope& norm, const Sizes& sizes)
      : sizes_(sizes),
        kernel_(convolution.constant("weight", {sizes.out, sizes.in / sizes.groups, sizes.kernel, sizes.kernel}, 0)),
        weight_(norm.constant("weight", {sizes.out}, 0)), bias_(norm.constant("bias", {sizes.out}, 0)),
        mean_(norm.buffer("running_mean", at::zeros({sizes.out}))),
        variance_(norm.buffer("running_var", at::ones({sizes.out}))) {}

  Tensor forward(const Tensor& x) const {
    const Tensor scale = weight_ / (variance_ + kEfficientEpsilon).sqrt();
    return at::conv2d(padded(x), kernel_ * scale.view({-1, 1, 1, 1}), bias_ - mean_ * scale, sizes_.stride,
                      /*padding=*/at::IntArrayRef{0}, /*dilation=*/1, sizes_.groups);
  }

  Tensor relu6(const Tensor& x) const { return forward(x).clamp_(0, 6); }

 private:
  Tensor padded(const Tensor& x) const {
    const auto missing = [&](int64_t side) {
      const int64_t out = (side + sizes_.stride - 1) / sizes_.stride;
      return std::max<int64_t>(0, (out - 1) * sizes_.stride + sizes_.kernel - side);
    };
    const int64_t down = missing(x.size(2)), across = missing(x.size(3));
    if (down + across == 0) return x;
    return at::constant_pad_nd(x, {across / 2, across - across / 2, down / 2, down - down / 2});
  }

  Sizes sizes_;
  Tensor kernel_, weight_, bias_, mean_, variance_;
};

/// An inverted bottleneck.
class Bottleneck {
 public:
  Bottleneck(const Scope& scope, int64_t in, int64_t stride, const EfficientNetOptions::Stage& stage)
      : residual_(stride == 1 && in == stage.channels) {
    const int64_t wide = in * stage.expansion;
    const auto add = [&](const char* convolution, const char* norm, const NormedConvolution::Sizes& sizes) {
      layers_.emplace_back(scope.in(convolution), scope.in(norm), sizes);
    };
    if (stage.expansion != 1) add("_expand_conv", "_bn0", {in, wide, 1, 1, 1});
    add("_depthwise_conv", "_bn1", {wide, wide, stage.kernel, stride, wide});
    add("_project_conv", "_bn2", {wide, stage.channels, 1, 1, 1});
  }

  Tensor forward(const Tensor& x) const {
    Tensor y = x;
    for (size_t i = 0; i + 1 < layers_.size(); ++i) y = layers_[i].relu6(y);
    y = layers_.back().forward(y);
    return residual_ ? y.add_(x) : y;
  }

 private:
  bool residual_;
  std::vector<NormedConvolution> layers_;
};

class EfficientNet final : public Network {
 public:
  explicit EfficientNet(const EfficientNetOptions& options) {
    const Scope scope(*this, /*seed=*/0, "features");
    stem_ = std::make_unique<NormedConvolution>(
        scope.in("_conv_stem"), scope.in("_bn0"),
        NormedConvolution::Sizes{3, options.stem, /*kernel=*/3, /*stride=*/2, /*groups=*/1});
    int64_t in = options.stem;
    for (const auto& stage : options.stages)
      for (int64_t i = 0; i < stage.blocks; ++i, in = stage.channels)
        blocks_.emplace_back(scope.in("_blocks").in(std::to_string(blocks_.size())), in, i == 0 ? stage.stride : 1,
                             stage);
    head_ = std::make_unique<NormedConvolution>(scope.in("_conv_head"), scope.in("_bn1"),
                                                NormedConvolution::Sizes{in, options.head, 1, 1, 1});
    set_requires_grad(false);
    set_training(false);
  }

  Tensor forward(const Tensor& input, const Tensor&) override {
    Tensor x = stem_->relu6(input.contiguous(at::MemoryFormat::ChannelsLast));
    for (const auto& block : blocks_) x = block.forward(x);
    return head_->relu6(x).mean({2, 3});
  }

 private:
  std::unique_ptr<NormedConvolution> stem_, head_;
  std::vector<Bottleneck> blocks_;
};

}  // namespace

std::unique_ptr<Network> make_efficientnet(const EfficientNetOptions& options) {
  return std::make_unique<EfficientNet>(options);
}

}  // namespace saddle
