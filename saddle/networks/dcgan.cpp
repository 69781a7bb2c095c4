// Implements the family `dcgan`.
#include "saddle/networks/dcgan.h"

#include "saddle/base/error.h"
#include "saddle/networks/batch_norm.h"
#include "saddle/networks/conv4x4.h"
#include "saddle/networks/scope.h"

namespace saddle {
namespace {

constexpr double kSlope = 0.2;  // of D's leaky ReLU

/// [n, c, h, w] as [n, h w c], without copying where channels are last.
Tensor flatten_pixels(const Tensor& x) { return x.permute({0, 2, 3, 1}).reshape({x.size(0), -1}); }

/// The sizes inside: `levels` times doubled, the coarsest one holds the image, with a frame around it where it must.
struct Frame {
  int64_t levels = 0, coarse_height = 0, coarse_width = 0;  // of the coarsest layer
  int64_t top = 0, bottom = 0, left = 0, right = 0;         // pixels of the frame

  Frame(int64_t height, int64_t width) {
    // 4 or 6 pixels at the coarsest: even sides, which the fast kernels want, and a frame as narrow as that allows
    int64_t base = 4;
    for (levels = 1; base << levels < std::min(height, width); base = base == 4 ? 6 : 4) levels += base == 6 ? 1 : 0;
    const auto coarse = [&](int64_t side) {
      const int64_t least = (side + (int64_t{1} << levels) - 1) >> levels;
      return std::max(base, least + least % 2);
    };
    coarse_height = coarse(height);
    coarse_width = coarse(width);
    const int64_t down = (coarse_height << levels) - height, across = (coarse_width << levels) - width;
    top = down / 2;
    bottom = down - top;
    left = across / 2;
    right = across - left;
  }

  bool is_empty() const { return top + bottom + left + right == 0; }

  /// Adds the frame, in the colours of the border.
  Tensor around(const Tensor& x) const {
    return is_empty() ? x
                      : at::replication_pad2d(x.contiguous(at::MemoryFormat::ChannelsLast), {left, right, top, bottom});
  }

  /// Cuts it off.
  Tensor inside(const Tensor& x) const { return x.slice(2, top, x.size(2) - bottom).slice(3, left, x.size(3) - right); }
};

/// Channels of the layers from the coarsest up to half the image's side.
std::vector<int64_t> channels_from_coarse(int64_t levels, int64_t width) {
  std::vector<int64_t> channels;
  for (int64_t level = 0, factor = 1; level < levels; ++level, factor = std::min<int64_t>(2 * factor, 8))
    channels.insert(channels.begin(), width * factor);
  return channels;
}

constexpr double kInitial = 0.02;  // standard deviation of weights at the start

Frame frame_of(const std::vector<int64_t>& shape) {
  constexpr int64_t kSmallest = 8, kLargest = 256;
  const auto fits = [](int64_t side) { return side >= kSmallest && side <= kLargest; };
  if (shape.size() != 3 || shape[0] < 1 || shape[0] > 4 || !fits(shape[1]) || !fits(shape[2]))
    throw Error(c10::str("dcgan: expected images of 1 to 4 channels and ", kSmallest, " to ", kLargest,
                         " pixels a side, got ", at::IntArrayRef(shape)));
  return {shape[1], shape[2]};
}

BatchNorm make_norm(const Scope& scope, int64_t channels) {
  return {scope.normal("weight", {channels}, kInitial, 1), scope.constant("bias", {channels}, 0),
          scope.buffer("running_mean", at::zeros({channels})), scope.buffer("running_var", at::ones({channels}))};
}

class DcganGenerator final : public Network {
 public:
  DcganGenerator(const NetworkOptions& options, uint64_t seed) : frame_(frame_of(options.shape)) {
    const Scope scope(*this, seed, "generator");
    int64_t in = options.latent_dim;
    auto channels = channels_from_coarse(frame_.levels, options.generator_width);
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

 private:
  const Frame frame_;
  std::vector<Weight> kernels_;
  std::vector<BatchNorm> norms_;
};

class DcganDiscriminator final : public Network {
 public:
  DcganDiscriminator(const NetworkOptions& options, uint64_t seed)
      : frame_(frame_of(options.shape)), shape_(options.shape) {
    const Scope scope(*this, seed, "discriminator");
    auto channels = channels_from_coarse(frame_.levels, options.discriminator_width);
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

  Tensor forward(const Tensor& input, const Tensor&) override {
    if (input.dim() != 4 || input.sizes().slice(1) != at::IntArrayRef(shape_))
      throw Error(c10::str("dcgan: expected images [n, ", shape_[0], ", ", shape_[1], ", ", shape_[2], "], got ",
                           input.sizes()));
    Tensor x = at::leaky_relu(conv4x4(frame_.around(input), kernels_[0]), kSlope);
    for (size_t i = 0; i < norms_.size(); ++i)
      x = batch_norm_relu(conv4x4(x, kernels_[i + 1]), norms_[i], training(), kSlope);
    return at::mv(flatten_pixels(x), flatten_pixels(kernels_.back()).squeeze(0));
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
