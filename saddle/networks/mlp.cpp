// Implements the family `mlp`.
#include "saddle/networks/mlp.h"

#include "saddle/base/error.h"
#include "saddle/networks/linear.h"
#include "saddle/networks/names.h"
#include "saddle/networks/scope.h"

namespace saddle {
namespace {

/// A linear layer with the weight that `forward` uses.
struct Layer {
  Weight weight;
  Tensor bias;

  Tensor operator()(const Tensor& x, double slope) const { return linear_relu(x, {weight, bias}, slope); }
  GraphValue emit(OpGraph& graph, const GraphValue& x, double slope) const {
    return emit_linear_relu(graph, x, {weight, bias}, slope);
  }
};

/// Weights start uniform on +-gain/sqrt(inputs), and the bias on +-1/sqrt(inputs).
Layer make_layer(const Scope& scope, int64_t in, int64_t out, double gain) {
  const double bound = 1 / std::sqrt(static_cast<double>(in));
  const Weight weight = scope.weight(scope.uniform("weight", {out, in}, gain * bound));
  return {weight, scope.uniform("bias", {out}, bound)};
}

std::vector<Layer> make_layers(const Scope& scope, int64_t in, int64_t width, int64_t hidden, int64_t out) {
  std::vector<Layer> layers;
  layers.reserve(static_cast<size_t>(hidden) + 1);
  for (int64_t i = 0; i <= hidden; ++i, in = width)
    layers.push_back(make_layer(scope.in("linear" + std::to_string(i)), in, i < hidden ? width : out,
                                i < hidden ? std::sqrt(6.0) : 1));
  return layers;
}

/// Where the data lie: buffers [d].
struct DataScale {
  Tensor loc, scale;

  DataScale(const Scope& scope, const NetworkOptions& options) {
    if (options.shape.size() != 1 || options.shape[0] < 1)
      throw Error(
          c10::str("mlp: expected points of shape [d], got ", at::IntArrayRef(options.shape), " (dcgan makes images)"));
    const auto given = [&](const char* name, const Tensor& values, double otherwise) {
      const Tensor fallback = at::full({options.shape[0]}, otherwise, at::kFloat);
      if (values.defined() && values.sizes() != fallback.sizes())
        throw Error(c10::str("mlp: expected ", name, " of shape ", fallback.sizes(), ", got ", values.sizes()));
      return scope.buffer(name, values.defined() ? values.to(at::kFloat, false, true) : fallback);
    };
    loc = given("loc", options.loc, 0);
    this->scale = given("scale", options.scale, 1);
  }
};

/// A G that ends in noise, and may have some within, takes it from its latents: first come those that its first layer
/// sees, then one for each hidden unit, then one for each coordinate.
class MlpGenerator final : public Network {
 public:
  MlpGenerator(const NetworkOptions& options, uint64_t seed)
      : data_(Scope(*this, seed, "generator"), options), seen_(seen_latents(options)), width_(options.generator_width),
        layers_(make_layers(Scope(*this, seed, "generator"), seen_, width_, options.layers, options.shape[0])) {
    const Scope scope(*this, seed, "generator");
    if (options.output_noise > 0)
      log_noise_ = scope.constant("log_noise", {options.shape[0]}, std::log(options.output_noise));
    if (options.inner_noise > 0)
      for (int64_t i = 0; i < options.layers; ++i)
        inner_.push_back(scope.in("linear" + std::to_string(i)).constant("noise", {width_}, options.inner_noise));
  }

  Tensor forward(const Tensor& z, const Tensor&) override {
    Tensor x = seen_ == z.size(1) ? z : z.slice(1, 0, seen_);
    int64_t taken = seen_;
    for (size_t i = 0; i + 1 < layers_.size(); ++i) {
      x = layers_[i](x, 0);
      if (inner_.empty()) continue;
      x = at::addcmul(x, z.slice(1, taken, taken + width_), inner_[i]);
      taken += width_;
    }
    x = layers_.back()(x, 1);
    if (log_noise_.defined()) x = at::addcmul(x, z.slice(1, taken), log_noise_.exp());
    return at::addcmul(data_.loc, x, data_.scale);
  }

  GraphValue emit(OpGraph& graph, const GraphValue& z, const GraphValue&) const override {
    int64_t taken = seen_;
    const auto with_noise = [&](const GraphValue& x, const GraphValue& scale, int64_t units) {
      const GraphValue noise = graph.slice(z, 1, taken, taken + units);
      taken += units;
      return graph.node("Add", {x, graph.node("Mul", {noise, scale})});
    };
    GraphValue x = inner_.empty() && !log_noise_.defined() ? z : graph.slice(z, 1, 0, seen_);
    for (size_t i = 0; i + 1 < layers_.size(); ++i) {
      x = layers_[i].emit(graph, x, 0);
      if (!inner_.empty()) x = with_noise(x, graph.constant(inner_[i]), width_);
    }
    x = layers_.back().emit(graph, x, 1);
    if (log_noise_.defined()) x = with_noise(x, graph.node("Exp", {graph.constant(log_noise_)}), log_noise_.size(0));
    const GraphValue scaled = graph.node("Mul", {x, graph.constant(data_.scale)});
    return graph.node("Add", {scaled, graph.constant(data_.loc)});
  }

  Tensor log_output_noise() const override { return log_noise_; }

 private:
  static int64_t seen_latents(const NetworkOptions& options) {
    const int64_t noise = noise_latents(options, options.shape[0]);
    if (options.latent_dim <= noise)
      throw Error("mlp: expected a latent dimension above " + std::to_string(noise) + ", the noise of G, got " +
                  std::to_string(options.latent_dim));
    return options.latent_dim - noise;
  }

  const DataScale data_;
  const int64_t seen_, width_;
  const std::vector<Layer> layers_;
  Tensor log_noise_;  // [d] logarithms of standard deviations, in the data's; undefined: no noise at the output
  std::vector<Tensor> inner_;  // of each hidden layer, [width] standard deviations; empty: no noise there
};

class MlpDiscriminator final : public Network {
 public:
  MlpDiscriminator(const NetworkOptions& options, uint64_t seed)
      : data_(Scope(*this, seed, "discriminator"), options),
        layers_(make_layers(Scope(*this, seed, "discriminator"), options.shape[0], options.discriminator_width,
                            options.layers, 1)) {}

  Tensor forward(const Tensor& input, const Tensor&) override {
    if (input.dim() != 2 || input.size(1) != data_.loc.size(0))
      throw Error(c10::str("mlp: expected points [n, ", data_.loc.size(0), "], got ", input.sizes()));
    Tensor x = (input - data_.loc) / data_.scale;
    for (size_t i = 0; i + 1 < layers_.size(); ++i) x = layers_[i](x, 0.2);
    return layers_.back()(x, 1).squeeze(1);
  }

  GraphValue emit(OpGraph& graph, const GraphValue& input, const GraphValue&) const override {
    GraphValue x = graph.node("Sub", {input, graph.constant(data_.loc)});
    x = graph.node("Div", {x, graph.constant(data_.scale)});
    for (size_t i = 0; i + 1 < layers_.size(); ++i) x = layers_[i].emit(graph, x, 0.2);
    return graph.node("Squeeze", {layers_.back().emit(graph, x, 1), graph.constant(std::vector<int64_t>{1})});
  }

 private:
  const DataScale data_;
  const std::vector<Layer> layers_;
};

}  // namespace

std::unique_ptr<Network> make_mlp_generator(const NetworkOptions& options, uint64_t seed) {
  return std::make_unique<MlpGenerator>(options, seed);
}

std::unique_ptr<Network> make_mlp_discriminator(const NetworkOptions& options, uint64_t seed) {
  return std::make_unique<MlpDiscriminator>(options, seed);
}

}  // namespace saddle
