// Implements the family `dcgan`.
#include "saddle/networks/dcgan.h"

#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/networks/layers.h"

namespace saddle {
namespace {

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
    return add_parameter(name, normal(name, shape, 0));
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
    Tensor x = z.unsqueeze(2).unsqueeze(3);
    for (size_t i = 0; i < norms_.size(); ++i) x = at::relu(norms_[i](convs_[i](x), training()));
    return at::tanh(convs_.back()(x)).contiguous();
  }

 private:
  void add_conv(int64_t in, int64_t out) {
    const bool first = convs_.empty();
    const Tensor weight = add_weight("conv" + std::to_string(convs_.size()) + ".weight", {in, out, 4, 4});
    convs_.push_back({weight, first ? 1 : 2, first ? 0 : 1});
  }

  std::vector<ConvTranspose2d> convs_;
  std::vector<BatchNorm> norms_;
};

class DcganDiscriminator : public Dcgan {
 public:
  DcganDiscriminator(const NetworkOptions& options, uint64_t seed) : Dcgan(options, "discriminator/", seed) {
    auto channels = channels_from_coarse(options.shape[1], options.discriminator_width);
    std::reverse(channels.begin(), channels.end());
    int64_t in = options.shape[0];
    for (size_t i = 0; i < channels.size(); in = channels[i++]) {
      convs_.push_back({add_weight("conv" + std::to_string(i) + ".weight", {channels[i], in, 4, 4})});
      if (i > 0) norms_.push_back(add_norm("norm" + std::to_string(i), channels[i]));
    }
    const Tensor weight = add_weight("conv" + std::to_string(channels.size()) + ".weight", {1, in, 4, 4});
    convs_.push_back({weight, 1, 0});
  }

  Tensor forward(const Tensor& input) override {
    Tensor x = at::leaky_relu(convs_[0](input), 0.2);
    for (size_t i = 0; i < norms_.size(); ++i)
      x = at::leaky_relu(norms_[i](convs_[i + 1](x), training()), 0.2);
    return convs_.back()(x).flatten();
  }

 private:
  std::vector<Conv2d> convs_;
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
