// Implements the family `residual`.
#include "saddle/networks/residual.h"

#include <ATen/ops/pixel_shuffle.h>
#include <ATen/ops/pixel_unshuffle.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/upsample_bilinear2d_backward.h>

#include "saddle/base/error.h"
#include "saddle/networks/bias_relu.h"
#include "saddle/networks/frame.h"
#include "saddle/networks/grouped3x3.h"
#include "saddle/networks/labels.h"
#include "saddle/networks/scope.h"

namespace saddle {
namespace {

constexpr double kResidualSlope = 0.2;      // of leaky ReLU
constexpr int64_t kMostResidualWidths = 4;  // channels of a size, in those of the finest

/// A 1x1 convolution, as a matrix product over pixels.
Tensor mix_channels(const Tensor& x, const Tensor& weight) {
  const Tensor pixels = x.permute({0, 2, 3, 1});
  return at::matmul(pixels.reshape({-1, x.size(1)}), weight.t())
      .view({x.size(0), x.size(2), x.size(3), weight.size(0)})
      .permute({0, 3, 1, 2});
}

Tensor doubled(const Tensor& x) {
  return at::upsample_bilinear2d(x, {2 * x.size(2), 2 * x.size(3)}, /*align_corners=*/false);
}

/// The transpose of `doubled` as a linear map, a quarter as large: the low-pass filter, then every second pixel.
Tensor halved(const Tensor& x) {
  const int64_t h = x.size(2) / 2, w = x.size(3) / 2;
  return at::upsample_bilinear2d_backward(x, {2 * h, 2 * w}, {x.size(0), x.size(1), h, w}, /*align_corners=*/false) / 4;
}

GraphValue emit_mix_channels(OpGraph& graph, const GraphValue& x, const Tensor& weight) {
  const GraphValue places = graph.constant(std::vector<int64_t>{2, 3});
  return graph.node("Conv", {x, graph.node("Unsqueeze", {graph.constant(weight), places})});
}

GraphValue emit_doubled(OpGraph& graph, const GraphValue& x) {
  const GraphValue scales = graph.constant(at::tensor({1.0F, 1.0F, 2.0F, 2.0F}), "scales");
  return graph.node("Resize", {x, "", scales}, {{"mode", "linear"}, {"coordinate_transformation_mode", "half_pixel"}});
}

/// The filter of `halved` over the border's colours: at the border `doubled` repeats them, and so does its transpose.
GraphValue emit_halved(OpGraph& graph, const GraphValue& x, int64_t channels) {
  const Tensor side = at::tensor({0.25F, 0.75F, 0.75F, 0.25F});
  const Tensor filter = (at::outer(side, side) / 4).expand({channels, 1, 4, 4});
  const GraphValue padded =
      graph.node("Pad", {x, graph.constant(std::vector<int64_t>{0, 0, 1, 1, 0, 0, 1, 1})}, {{"mode", "edge"}});
  return graph.node("Conv", {padded, graph.constant(filter, "filter")},
                    {{"strides", std::vector<int64_t>{2, 2}}, {"group", channels}});
}

/// x + W3 a(W2 a(W1 x + b1) + b2).
struct ResidualBlock {
  Weight expand, within, project;
  Tensor bias1, bias2;

  ResidualBlock(const Scope& scope, int64_t width, int64_t blocks)
      : expand(scope.weight(scope.normal("expand", {2 * width, width}, start(width, blocks)))),
        within(scope.kernel("within", {2 * width, kGroup, 3, 3}, start(9 * kGroup, blocks))),
        project(scope.weight(scope.constant("project", {width, 2 * width}, 0))),
        bias1(scope.constant("bias1", {2 * width}, 0)), bias2(scope.constant("bias2", {2 * width}, 0)) {}

  Tensor forward(const Tensor& x) const {
    const Tensor wide = bias_relu(mix_channels(x, expand), bias1, kResidualSlope);
    return x + mix_channels(bias_relu(grouped3x3(wide, within), bias2, kResidualSlope), project);
  }

  GraphValue emit(OpGraph& graph, const GraphValue& x) const {
    GraphValue inner = emit_mix_channels(graph, x, expand);
    inner = emit_bias_relu(graph, inner, bias1, kResidualSlope);
    inner = emit_bias_relu(graph, emit_grouped3x3(graph, inner, within), bias2, kResidualSlope);
    return graph.node("Add", {x, emit_mix_channels(graph, inner, project)});
  }

 private:
  static double start(int64_t fan_in, int64_t blocks) {
    constexpr double kGain2 = 2 / (1 + kResidualSlope * kResidualSlope);
    return std::sqrt(kGain2 / std::sqrt(static_cast<double>(blocks)) / static_cast<double>(fan_in));
  }
};

/// A matrix [out, in] that begins with draws from N(0, 1 / in).
Weight plain_matrix(const Scope& scope, const char* name, int64_t out, int64_t in) {
  return scope.weight(scope.normal(name, {out, in}, 1 / std::sqrt(static_cast<double>(in))));
}

/// The blocks of one size, and the change of channels towards the next one; where both have as many, there is none.
struct ResidualStage {
  std::vector<ResidualBlock> blocks;
  std::optional<Weight> change;

  ResidualStage(const Scope& scope, const NetworkOptions& options, int64_t width, int64_t next, int64_t all_blocks) {
    for (int64_t i = 0; i < options.layers; ++i)
      blocks.emplace_back(scope.in("block" + std::to_string(i)), width, all_blocks);
    if (width != next) change = plain_matrix(scope, "change", next, width);
  }

  Tensor through_blocks(Tensor x) const {
    for (const ResidualBlock& block : blocks) x = block.forward(x);
    return x;
  }
  Tensor changed(const Tensor& x) const { return change ? mix_channels(x, *change) : x; }

  GraphValue emit_blocks(OpGraph& graph, GraphValue x) const {
    for (const ResidualBlock& block : blocks) x = block.emit(graph, x);
    return x;
  }
  GraphValue emit_changed(OpGraph& graph, const GraphValue& x) const {
    return change ? emit_mix_channels(graph, x, *change) : x;
  }
};

/// Channels of the sizes from the coarsest grid to half the image, which W2's groups must divide when doubled.
std::vector<int64_t> residual_widths(const Frame& frame, int64_t width) {
  return channels_from_coarse(frame.levels, (width + 7) / 8 * 8, kMostResidualWidths);
}

class ResidualGenerator final : public Network {
 public:
  ResidualGenerator(const NetworkOptions& options, uint64_t seed)
      : frame_(smallest_frame(options.shape, "residual")), widths_(residual_widths(frame_, options.generator_width)),
        labels_(Scope(*this, seed, "generator").in("labels"), options.classes, options.latent_dim),
        first_(plain_matrix(Scope(*this, seed, "generator"), "first",
                            frame_.coarse_height * frame_.coarse_width * widths_[0], labels_.size())),
        last_(plain_matrix(Scope(*this, seed, "generator"), "last", 4 * options.shape[0], widths_.back())) {
    const Scope scope(*this, seed, "generator");
    const auto sizes = static_cast<int64_t>(widths_.size());
    for (size_t i = 0; i < widths_.size(); ++i)
      stages_.emplace_back(scope.in("stage" + std::to_string(i)), options, widths_[i],
                           widths_[std::min(i + 1, widths_.size() - 1)], sizes * options.layers);
  }

  Tensor forward(const Tensor& z, const Tensor& labels) override {
    Tensor x = at::linear(labels_.join(z, labels), first_)
                   .view({z.size(0), frame_.coarse_height, frame_.coarse_width, widths_[0]})
                   .permute({0, 3, 1, 2});
    for (size_t i = 0; i < stages_.size(); ++i) {
      x = stages_[i].through_blocks(x);
      if (i + 1 < stages_.size()) x = doubled(stages_[i].changed(x));
    }
    return frame_.inside(at::pixel_shuffle(mix_channels(x, last_), 2)).contiguous();
  }

  GraphValue emit(OpGraph& graph, const GraphValue& z, const GraphValue& labels) const override {
    GraphValue x = emit_coarsest(graph, labels_.emit_join(graph, z, labels), first_, frame_);
    for (size_t i = 0; i < stages_.size(); ++i) {
      x = stages_[i].emit_blocks(graph, x);
      if (i + 1 < stages_.size()) x = emit_doubled(graph, stages_[i].emit_changed(graph, x));
    }
    const GraphAttribute size{"blocksize", int64_t{2}}, order{"mode", "CRD"};
    x = graph.node("DepthToSpace", {emit_mix_channels(graph, x, last_)}, {size, order});
    return frame_.emit_inside(graph, x);
  }

 private:
  const Frame frame_;
  const std::vector<int64_t> widths_;
  const LabelEmbedding labels_;
  const Weight first_, last_;
  std::vector<ResidualStage> stages_;
};

class ResidualDiscriminator final : public Network {
 public:
  ResidualDiscriminator(const NetworkOptions& options, uint64_t seed)
      : frame_(smallest_frame(options.shape, "residual")), shape_(options.shape),
        widths_(residual_widths(frame_, options.discriminator_width)),
        first_(plain_matrix(Scope(*this, seed, "discriminator"), "first", widths_.back(), 4 * options.shape[0])),
        logit_(Scope(*this, seed, "discriminator").in("logit"), options.classes, widths_[0]) {
    const Scope scope(*this, seed, "discriminator");
    const auto sizes = static_cast<int64_t>(widths_.size());
    for (size_t i = widths_.size(); i-- > 0;)
      stages_.emplace_back(scope.in("stage" + std::to_string(i)), options, widths_[i], widths_[i > 0 ? i - 1 : 0],
                           sizes * options.layers);
    const int64_t places = frame_.coarse_height * frame_.coarse_width;
    places_ = scope.normal("places", {widths_[0], frame_.coarse_height, frame_.coarse_width},
                           1 / std::sqrt(static_cast<double>(places)));
  }

  Tensor forward(const Tensor& input, const Tensor& labels) override {
    if (input.dim() != 4 || input.sizes().slice(1) != at::IntArrayRef(shape_))
      throw Error(c10::str("residual: expected images [n, ", shape_[0], ", ", shape_[1], ", ", shape_[2], "], got ",
                           input.sizes()));
    Tensor x = mix_channels(at::pixel_unshuffle(frame_.around(input), 2), first_);
    for (size_t i = 0; i < stages_.size(); ++i) {
      x = stages_[i].through_blocks(x);
      if (i + 1 < stages_.size()) x = stages_[i].changed(halved(x));
    }
    return logit_.logit((x * places_).sum({2, 3}), labels);
  }

  GraphValue emit(OpGraph& graph, const GraphValue& input, const GraphValue& labels) const override {
    // four pixels to one place: a kernel of 2x2
    const GraphValue shape = graph.constant(std::vector<int64_t>{widths_.back(), shape_[0], 2, 2});
    const GraphValue kernel = graph.node("Reshape", {graph.constant(first_), shape});
    GraphValue x =
        graph.node("Conv", {frame_.emit_around(graph, input), kernel}, {{"strides", std::vector<int64_t>{2, 2}}});
    for (size_t i = 0; i < stages_.size(); ++i) {
      x = stages_[i].emit_blocks(graph, x);
      const int64_t channels = widths_[widths_.size() - 1 - i];
      if (i + 1 < stages_.size()) x = stages_[i].emit_changed(graph, emit_halved(graph, x, channels));
    }
    x = graph.node("Mul", {x, graph.constant(places_)});
    const GraphValue sums =
        graph.node("ReduceSum", {x, graph.constant(std::vector<int64_t>{2, 3})}, {{"keepdims", int64_t{0}}});
    return logit_.emit_logit(graph, sums, labels);
  }

 private:
  const Frame frame_;
  const std::vector<int64_t> shape_, widths_;
  const Weight first_;
  const ProjectedLogit logit_;
  Tensor places_;  // a weight for each place of each channel at the coarsest grid
  std::vector<ResidualStage> stages_;
};

}  // namespace

std::unique_ptr<Network> make_residual_generator(const NetworkOptions& options, uint64_t seed) {
  return std::make_unique<ResidualGenerator>(options, seed);
}

std::unique_ptr<Network> make_residual_discriminator(const NetworkOptions& options, uint64_t seed) {
  return std::make_unique<ResidualDiscriminator>(options, seed);
}

}  // namespace saddle
