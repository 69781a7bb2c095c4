// Implements the family `conv`.
#include "saddle/networks/conv.h"

#include "saddle/base/error.h"
#include "saddle/networks/batch_norm.h"
#include "saddle/networks/bias_relu.h"
#include "saddle/networks/conv3x3.h"
#include "saddle/networks/conv4x4.h"
#include "saddle/networks/frame.h"
#include "saddle/networks/labels.h"
#include "saddle/networks/scope.h"

namespace saddle {
namespace {

constexpr double kConvSlope = 0.2;      // of D's leaky ReLU
constexpr int64_t kMostConvWidths = 4;  // channels of a layer, in those of the finest

BatchNorm conv_norm(const Scope& scope, int64_t channels) {
  return {scope.constant("weight", {channels}, 1), scope.constant("bias", {channels}, 0),
          scope.buffer("running_mean", at::zeros({channels})), scope.buffer("running_var", at::ones({channels}))};
}

double after_normalisation(int64_t fan_in) { return 1 / std::sqrt(static_cast<double>(fan_in)); }
double before_leaky_relu(int64_t fan_in) {
  return std::sqrt(2 / ((1 + kConvSlope * kConvSlope) * static_cast<double>(fan_in)));
}

/// The grid with a row and a column of zeros more where its sides are odd, so that it can be halved.
Tensor with_even_sides(const Tensor& x) {
  const int64_t down = x.size(2) % 2, right = x.size(3) % 2;
  return down + right == 0 ? x : at::constant_pad_nd(x, {0, right, 0, down});
}

/// One size of G: a convolution at that size, then the doubling to the next.
struct GeneratorStage {
  BatchNorm before;  // of what comes in
  Weight kernel;     // 3x3
  BatchNorm after;
  Weight doubling;  // 4x4

  GeneratorStage(const Scope& scope, int64_t in, int64_t out)
      : before(conv_norm(scope.in("norm0"), in)),
        kernel(scope.in("conv").kernel("weight", {in, in, 3, 3}, after_normalisation(9 * in))),
        after(conv_norm(scope.in("norm1"), in)),
        doubling(scope.in("up").kernel("weight", {in, out, 4, 4}, after_normalisation(4 * in))) {}

  Tensor forward(const Tensor& input, bool training) const {
    const Tensor x = batch_norm_relu(input, before, training, 0);
    const Tensor y = conv3x3(x, kernel);
    return conv4x4_transposed(batch_norm_relu(y, after, training, 0), doubling);
  }

  GraphValue emit(OpGraph& graph, const GraphValue& input) const {
    const GraphValue x = emit_batch_norm_relu(graph, input, before, 0), y = emit_conv3x3(graph, x, kernel);
    return emit_conv4x4_transposed(graph, emit_batch_norm_relu(graph, y, after, 0), doubling);
  }
};

class ConvGenerator final : public Network {
 public:
  ConvGenerator(const NetworkOptions& options, uint64_t seed)
      : frame_(smallest_frame(options.shape, "conv")),
        labels_(Scope(*this, seed, "generator").in("labels"), options.classes, options.latent_dim) {
    const Scope scope(*this, seed, "generator");
    auto channels = channels_from_coarse(frame_.levels, options.generator_width, kMostConvWidths);
    first_ =
        scope.in("first").normal("weight", {frame_.coarse_height * frame_.coarse_width * channels[0], labels_.size()},
                                 after_normalisation(labels_.size()));
    channels.push_back(options.shape[0]);
    for (size_t i = 0; i + 1 < channels.size(); ++i)
      stages_.emplace_back(scope.in("stage" + std::to_string(i)), channels[i], channels[i + 1]);
    bias_ = scope.in("last").constant("bias", {options.shape[0], 1, 1}, 0);
  }

  Tensor forward(const Tensor& z, const Tensor& labels) override {
    Tensor x = at::linear(labels_.join(z, labels), first_)
                   .view({z.size(0), frame_.coarse_height, frame_.coarse_width, -1})
                   .permute({0, 3, 1, 2});
    for (const GeneratorStage& stage : stages_) x = stage.forward(x, training());
    return at::tanh(frame_.inside(x) + bias_).contiguous();
  }

  GraphValue emit(OpGraph& graph, const GraphValue& z, const GraphValue& labels) const override {
    GraphValue x = emit_coarsest(graph, labels_.emit_join(graph, z, labels), first_, frame_);
    for (const GeneratorStage& stage : stages_) x = stage.emit(graph, x);
    return graph.node("Tanh", {graph.node("Add", {frame_.emit_inside(graph, x), graph.constant(bias_)})});
  }

 private:
  const Frame frame_;
  const LabelEmbedding labels_;
  Tensor first_, bias_;
  std::vector<GeneratorStage> stages_;
};

class ConvDiscriminator final : public Network {
 public:
  ConvDiscriminator(const NetworkOptions& options, uint64_t seed)
      : frame_(smallest_frame(options.shape, "conv")), shape_(options.shape),
        channels_(channels_down(frame_.levels, options.discriminator_width)),
        logit_(Scope(*this, seed, "discriminator").in("logit"), options.classes,
               channels_.back() * ((frame_.coarse_height + 1) / 2) * ((frame_.coarse_width + 1) / 2)) {
    const Scope scope(*this, seed, "discriminator");
    int64_t in = options.shape[0];
    for (size_t i = 0; i < channels_.size(); in = channels_[i++]) {
      const Scope layer = scope.in("conv" + std::to_string(i));
      kernels_.push_back(layer.kernel("weight", {channels_[i], in, 4, 4}, before_leaky_relu(16 * in)));
      biases_.push_back(layer.constant("bias", {channels_[i]}, 0));
    }
  }

  Tensor forward(const Tensor& input, const Tensor& labels) override {
    if (input.dim() != 4 || input.sizes().slice(1) != at::IntArrayRef(shape_))
      throw Error(c10::str("conv: expected images [n, ", shape_[0], ", ", shape_[1], ", ", shape_[2], "], got ",
                           input.sizes()));
    Tensor x = frame_.around(input);
    for (size_t i = 0; i < kernels_.size(); ++i)
      x = bias_relu(conv4x4(with_even_sides(x), kernels_[i]), biases_[i], kConvSlope);
    return logit_.logit(flatten_pixels(x), labels);
  }

  GraphValue emit(OpGraph& graph, const GraphValue& input, const GraphValue& labels) const override {
    GraphValue x = frame_.emit_around(graph, input);
    int64_t height = frame_.coarse_height << frame_.levels, width = frame_.coarse_width << frame_.levels;
    for (size_t i = 0; i < kernels_.size(); ++i) {
      if (height % 2 + width % 2 > 0)  // as `with_even_sides`
        x = graph.node("Pad", {x, graph.constant(std::vector<int64_t>{0, 0, 0, 0, 0, 0, height % 2, width % 2})});
      height = (height + 1) / 2;
      width = (width + 1) / 2;
      x = emit_bias_relu(graph, emit_conv4x4(graph, x, kernels_[i]), biases_[i], kConvSlope);
    }
    return logit_.emit_logit(graph, emit_flatten_pixels(graph, x), labels);
  }

 private:
  /// Channels after each halving: those of the image's sizes, and one more below the smallest grid.
  static std::vector<int64_t> channels_down(int64_t levels, int64_t width) {
    auto channels = channels_from_coarse(levels + 1, width, kMostConvWidths);
    std::reverse(channels.begin(), channels.end());
    return channels;
  }

  const Frame frame_;
  const std::vector<int64_t> shape_, channels_;
  const ProjectedLogit logit_;
  std::vector<Weight> kernels_;
  std::vector<Tensor> biases_;
};

}  // namespace

std::unique_ptr<Network> make_conv_generator(const NetworkOptions& options, uint64_t seed) {
  return std::make_unique<ConvGenerator>(options, seed);
}

std::unique_ptr<Network> make_conv_discriminator(const NetworkOptions& options, uint64_t seed) {
  return std::make_unique<ConvDiscriminator>(options, seed);
}

}  // namespace saddle
