// Implements the family `dcgan`.
#include "saddle/networks/dcgan.h"

#include "saddle/base/error.h"
#include "saddle/networks/batch_norm.h"
#include "saddle/networks/conv4x4.h"
#include "saddle/networks/frame.h"
#include "saddle/networks/scope.h"

namespace saddle {
namespace {

constexpr double kSlope = 0.2;      // of D's leaky ReLU
constexpr int64_t kMostWidths = 8;  // channels of a layer, in those of the finest

constexpr double kInitial = 0.02;  // standard deviation of weights at the start

BatchNorm make_norm(const Scope& scope, int64_t channels) {
  return {scope.normal("weight", {channels}, kInitial, 1), scope.constant("bias", {channels}, 0),
          scope.buffer("running_mean", at::zeros({channels})), scope.buffer("running_var", at::ones({channels}))};
}

class DcganGenerator final : public Network {
 public:
  DcganGenerator(const NetworkOptions& options, uint64_t seed) : frame_(even_frame(options.shape, "dcgan")) {
    const Scope scope(*this, seed, "generator");
    int64_t in = options.latent_dim;
    auto channels = channels_from_coarse(frame_.levels, options.generator_width, kMostWidths);
    channels.push_back(options.shape[0]);
    for (size_t i = 0; i < channels.size(); in = channels[i++]) {
      const std::string number = std::to_string(i);
      const int64_t height = i == 0 ? frame_.coarse_height : 4, width = i == 0 ? frame_.coarse_width : 4;
      kernels_.push_back(scope.in("conv" + number).kernel("weight", {in, channels[i], height, width}, kInitial));
      if (i + 1 < channels.size()) norms_.push_back(make_norm(scope.in("norm" + number), channels[i]));
    }
  }

  Tensor forward(const Tensor& z, const Tensor&) override {
    Tensor x = at::mm(z, flatten_pixels(kernels_[0]))
                   .view({z.size(0), frame_.coarse_height, frame_.coarse_width, -1})
                   .permute({0, 3, 1, 2});
    for (size_t i = 0; i < norms_.size(); ++i)
      x = conv4x4_transposed(batch_norm_relu(x, norms_[i], training(), 0), kernels_[i + 1]);
    return at::tanh(frame_.inside(x)).contiguous();
  }

  GraphValue emit(OpGraph& graph, const GraphValue& z, const GraphValue&) const override {
    GraphValue x = graph.node("Unsqueeze", {z, graph.constant(std::vector<int64_t>{2, 3})});
    x = graph.node("ConvTranspose", {x, graph.constant(kernels_[0])});
    for (size_t i = 0; i < norms_.size(); ++i)
      x = emit_conv4x4_transposed(graph, emit_batch_norm_relu(graph, x, norms_[i], 0), kernels_[i + 1]);
    return graph.node("Tanh", {frame_.emit_inside(graph, x)});
  }

 private:
  const Frame frame_;
  std::vector<Weight> kernels_;
  std::vector<BatchNorm> norms_;
};

class DcganDiscriminator final : public Network {
 public:
  DcganDiscriminator(const NetworkOptions& options, uint64_t seed)
      : frame_(even_frame(options.shape, "dcgan")), shape_(options.shape) {
    const Scope scope(*this, seed, "discriminator");
    auto channels = channels_from_coarse(frame_.levels, options.discriminator_width, kMostWidths);
    std::reverse(channels.begin(), channels.end());
    int64_t in = options.shape[0];
    for (size_t i = 0; i < channels.size(); in = channels[i++]) {
      const std::string number = std::to_string(i);
      kernels_.push_back(scope.in("conv" + number).kernel("weight", {channels[i], in, 4, 4}, kInitial));
      if (i > 0) norms_.push_back(make_norm(scope.in("norm" + number), channels[i]));
    }
    kernels_.push_back(scope.in("conv" + std::to_string(channels.size()))
                           .kernel("weight", {1, in, frame_.coarse_height, frame_.coarse_width}, kInitial));
  }

  bool mixes_samples() const override { return !norms_.empty(); }

  Tensor forward(const Tensor& input, const Tensor&) override {
    if (input.dim() != 4 || input.sizes().slice(1) != at::IntArrayRef(shape_))
      throw Error(c10::str("dcgan: expected images [n, ", shape_[0], ", ", shape_[1], ", ", shape_[2], "], got ",
                           input.sizes()));
    Tensor x = at::leaky_relu(conv4x4(frame_.around(input), kernels_[0]), kSlope);
    for (size_t i = 0; i < norms_.size(); ++i)
      x = batch_norm_relu(conv4x4(x, kernels_[i + 1]), norms_[i], training(), kSlope);
    return at::mv(flatten_pixels(x), flatten_pixels(kernels_.back()).squeeze(0));
  }

  GraphValue emit(OpGraph& graph, const GraphValue& input, const GraphValue&) const override {
    GraphValue x = emit_conv4x4(graph, frame_.emit_around(graph, input), kernels_[0]);
    x = graph.leaky_relu(x, kSlope);
    for (size_t i = 0; i < norms_.size(); ++i)
      x = emit_batch_norm_relu(graph, emit_conv4x4(graph, x, kernels_[i + 1]), norms_[i], kSlope);
    x = graph.node("Conv", {x, graph.constant(kernels_.back())});  // sees all of the coarsest grid
    return graph.node("Squeeze", {x, graph.constant(std::vector<int64_t>{1, 2, 3})});
  }

 private:
  const Frame frame_;
  std::vector<int64_t> shape_;
  std::vector<Weight> kernels_;
  std::vector<BatchNorm> norms_;
};

}  // namespace

std::unique_ptr<Network> make_dcgan_generator(const NetworkOptions& options, uint64_t seed) {
  return std::make_unique<DcganGenerator>(options, seed);
}

std::unique_ptr<Network> make_dcgan_discriminator(const NetworkOptions& options, uint64_t seed) {
  return std::make_unique<DcganDiscriminator>(options, seed);
}

}  // namespace saddle
