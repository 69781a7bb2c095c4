// Implements the family `mlp`.
#include "saddle/networks/mlp.h"

#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/networks/linear.h"

namespace saddle {
namespace {

class Mlp : public Network {
 protected:
  Mlp(const NetworkOptions& options, const char* role, uint64_t seed) : role_(role), seed_(seed) {
    if (options.shape.size() != 1 || options.shape[0] < 1)
      throw Error(
          c10::str("mlp: expected points of shape [d], got ", at::IntArrayRef(options.shape), " (dcgan makes images)"));
    const int64_t d = options.shape[0];
    loc_ = add_buffer("loc", data_moment(options.loc, at::zeros({d}), "loc"));
    scale_ = add_buffer("scale", data_moment(options.scale, at::ones({d}), "scale"));
  }

  void add_layers(int64_t in, int64_t width, int64_t hidden, int64_t out) {
    for (int64_t i = 0; i < hidden; ++i, in = width) add_linear(in, width, std::sqrt(6.0));
    add_linear(in, out, 1);
  }

  std::vector<Linear> linears_;
  Tensor loc_, scale_;

 private:
  static Tensor data_moment(const Tensor& given, const Tensor& fallback, const char* name) {
    if (!given.defined()) return fallback;
    if (given.sizes() != fallback.sizes())
      throw Error(c10::str("mlp: expected ", name, " of shape ", fallback.sizes(), ", got ", given.sizes()));
    return given.to(at::kFloat, false, true);
  }

  /// A layer whose weights start uniform on +-gain/sqrt(inputs), and its bias on +-1/sqrt(inputs).
  void add_linear(int64_t in, int64_t out, double gain) {
    const std::string name = "linear" + std::to_string(linears_.size());
    const double bound = 1 / std::sqrt(static_cast<double>(in));
    const auto uniform = [&](const std::string& parameter, at::IntArrayRef shape, double limit) {
      Rng rng = make_rng(seed_, role_ + parameter);
      return add_parameter(parameter, (rand(shape, rng) * 2 - 1) * limit);
    };
    const Tensor weight = uniform(name + ".weight", {out, in}, gain * bound);
    linears_.push_back({weight, uniform(name + ".bias", {out}, bound)});
  }

  std::string role_;
  uint64_t seed_;
};

class MlpGenerator : public Mlp {
 public:
  MlpGenerator(const NetworkOptions& options, uint64_t seed) : Mlp(options, "generator/", seed) {
    add_layers(options.latent_dim, options.generator_width, options.layers, options.shape[0]);
  }

  Tensor forward(const Tensor& z) override {
    Tensor x = z;
    for (size_t i = 0; i + 1 < linears_.size(); ++i) x = linear_relu(x, linears_[i], 0);
    return at::addcmul(loc_, linear_relu(x, linears_.back(), 1), scale_);
  }
};

class MlpDiscriminator : public Mlp {
 public:
  MlpDiscriminator(const NetworkOptions& options, uint64_t seed) : Mlp(options, "discriminator/", seed) {
    add_layers(options.shape[0], options.discriminator_width, options.layers, 1);
  }

  Tensor forward(const Tensor& input) override {
    if (input.dim() != 2 || input.size(1) != loc_.size(0))
      throw Error(c10::str("mlp: expected points [n, ", loc_.size(0), "], got ", input.sizes()));
    Tensor x = (input - loc_) / scale_;
    for (size_t i = 0; i + 1 < linears_.size(); ++i) x = layer(x, linears_[i], 0.2);
    return layer(x, linears_.back(), 1).squeeze(1);
  }

 private:
  Tensor layer(const Tensor& x, const Linear& linear, double slope) const {
    return linear_relu(x, {used(linear.weight), linear.bias}, slope);
  }
};

}  // namespace

std::unique_ptr<Network> make_mlp_generator(const NetworkOptions& options, uint64_t seed) {
  return std::make_unique<MlpGenerator>(options, seed);
}

std::unique_ptr<Network> make_mlp_discriminator(const NetworkOptions& options, uint64_t seed) {
  return std::make_unique<MlpDiscriminator>(options, seed);
}

}  // namespace saddle
