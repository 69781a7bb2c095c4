// Implements the family `dcgan`.
#include "saddle/networks/dcgan.h"

#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/networks/batch_norm.h"
#include "saddle/networks/conv4x4.h"

namespace saddle {
namespace {

constexpr double kSlope = 0.2;  // of D's leaky ReLU
constexpr auto kChannelsLast = at::MemoryFormat::ChannelsLast;

/// [n, c, 4, 4] as [n, 16 c] and back, without copying where channels are last.
Tensor flatten_4x4(const Tensor& x) { return x.permute({0, 2, 3, 1}).reshape({x.size(0), -1}); }
Tensor unflatten_4x4(const Tensor& x) { return x.view({x.size(0), 4, 4, -1}).permute({0, 3, 1, 2}); }

/// Channels of the layers with 4x4 pixels, 8x8, ... up to half the image's side.
std::vector<int64_t> channels_from_coarse(int64_t side, int64_t width) {
  std::vector<int64_t> channels;
  for (int64_t s = side / 2, factor = 1; s >= 4; s /= 2, factor = std::min<int64_t>(2 * factor, 8))
    channels.insert(channels.begin(), width * factor);
  return channels;
}

class Dcgan : public Network {
 protected:
  Dcgan(const NetworkOptions& options, const char* role, uint64_t seed) : role_(role), seed_(seed) {
    const auto& shape = options.shape;
    const bool image = shape.size() == 3 && (shape[0] == 1 || shape[0] == 3) && shape[1] == shape[2];
    if (!image || shape[1] < 16 || shape[1] > 128 || (shape[1] & (shape[1] - 1)) != 0)
      throw Error(c10::str("dcgan: expected images of shape [1 or 3, s, s] with s = 16, 32, 64 or 128, got ",
                           at::IntArrayRef(shape)));
  }

  Tensor add_weight(const std::string& name, at::IntArrayRef shape) {
    return add_parameter(name, normal(name, shape, 0).contiguous(kChannelsLast));
  }

  BatchNorm add_norm(const std::string& name, int64_t channels) {
    const Tensor weight = add_parameter(name + ".weight", normal(name + ".weight", {channels}, 1));
    const Tensor bias = add_parameter(name + ".bias", at::zeros({channels}));
    const Tensor mean = add_buffer(name + ".running_mean", at::zeros({channels}));
    return {weight, bias, mean, add_buffer(name + ".running_var", at::ones({channels}))};
  }

 private:
  Tensor normal(const std::string& name, at::IntArrayRef shape, double mean) const {
    Rng rng = make_rng(seed_, role_ + name);
    return randn(shape, rng) * 0.02 + mean;
  }

  std::string role_;
  uint64_t seed_;
};

class DcganGenerator : public Dcgan {
 public:
  DcganGenerator(const NetworkOptions& options, uint64_t seed) : Dcgan(options, "generator/", seed) {
    int64_t in = options.latent_dim;
    for (const int64_t out : channels_from_coarse(options.shape[1], options.generator_width)) {
      add_conv(in, out);
      norms_.push_back(add_norm("norm" + std::to_string(norms_.size()), out));
      in = out;
    }
    add_conv(in, options.shape[0]);
  }

  Tensor forward(const Tensor& z) override {
    Tensor x = unflatten_4x4(at::mm(z, flatten_4x4(weights_[0])));
    for (size_t i = 0; i < norms_.size(); ++i)
      x = conv4x4_transposed(batch_norm_relu(x, norms_[i], training(), 0), weights_[i + 1]);
    return at::tanh(x).contiguous();
  }

 private:
  void add_conv(int64_t in, int64_t out) {
    weights_.push_back(add_weight("conv" + std::to_string(weights_.size()) + ".weight", {in, out, 4, 4}));
  }

  std::vector<Tensor> weights_;
  std::vector<BatchNorm> norms_;
};

class DcganDiscriminator : public Dcgan {
 public:
  DcganDiscriminator(const NetworkOptions& options, uint64_t seed)
      : Dcgan(options, "discriminator/", seed), shape_(options.shape) {
    auto channels = channels_from_coarse(options.shape[1], options.discriminator_width);
    std::reverse(channels.begin(), channels.end());
    int64_t in = options.shape[0];
    for (size_t i = 0; i < channels.size(); in = channels[i++]) {
      weights_.push_back(add_weight("conv" + std::to_string(i) + ".weight", {channels[i], in, 4, 4}));
      if (i > 0) norms_.push_back(add_norm("norm" + std::to_string(i), channels[i]));
    }
    weights_.push_back(add_weight("conv" + std::to_string(channels.size()) + ".weight", {1, in, 4, 4}));
  }

  Tensor forward(const Tensor& input) override {
    if (input.dim() != 4 || input.sizes().slice(1) != at::IntArrayRef(shape_))
      throw Error(c10::str("dcgan: expected images [n, ", shape_[0], ", ", shape_[1], ", ", shape_[2], "], got ",
                           input.sizes()));
    Tensor x = at::leaky_relu(conv4x4(input, used(weights_[0])), kSlope);
    for (size_t i = 0; i < norms_.size(); ++i)
      x = batch_norm_relu(conv4x4(x, used(weights_[i + 1])), norms_[i], training(), kSlope);
    return at::mv(flatten_4x4(x), flatten_4x4(used(weights_.back())).squeeze(0));
  }

 private:
  std::vector<int64_t> shape_;
  std::vector<Tensor> weights_;
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
