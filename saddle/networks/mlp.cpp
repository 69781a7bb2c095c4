// Implements the family `mlp`.
#include "saddle/networks/mlp.h"

#include "saddle/base/error.h"
#include "saddle/networks/linear.h"
#include "saddle/networks/scope.h"

namespace saddle {
namespace {

/// A linear layer with the weight that `forward` uses.
struct Layer {
  Weight weight;
  Tensor bias;

  Tensor operator()(const Tensor& x, double slope) const { return linear_relu(x, {weight, bias}, slope); }
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

class MlpGenerator final : public Network {
 public:
  MlpGenerator(const NetworkOptions& options, uint64_t seed)
      : data_(Scope(*this, seed, "generator"), options),
        layers_(make_layers(Scope(*this, seed, "generator"), options.latent_dim, options.generator_width,
                            options.layers, options.shape[0])) {}

  Tensor forward(const Tensor& z, const Tensor&) override {
    Tensor x = z;
    for (size_t i = 0; i + 1 < layers_.size(); ++i) x = layers_[i](x, 0);
    return at::addcmul(data_.loc, layers_.back()(x, 1), data_.scale);
  }

 private:
  const DataScale data_;
  const std::vector<Layer> layers_;
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
