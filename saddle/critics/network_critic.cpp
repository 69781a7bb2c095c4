// Implements critics that are networks.
#include "saddle/critics/network_critic.h"

#include "saddle/base/constants.h"
#include "saddle/base/rng.h"
#include "saddle/networks/network.h"
#include "saddle/networks/optimizer.h"

namespace saddle {
namespace {

constexpr int64_t kImageDirections = 24;  // leading ones, that a perceptron sees of images

/// What a network sees of the rows.
using Input = std::function<Tensor(const Labelled&)>;

/// How a network is fitted.
struct Recipe {
  Input input;
  int64_t epochs, batch;
  double rate;
  int patience;    // epochs without a larger V on held-out rows before it stops
  double average;  // decay of the average of the weights, a step
};

Tensor logits_in_parts(Network& network, const Input& input, const Labelled& rows) {
  const at::NoGradGuard no_grad;
  constexpr int64_t kPart = 2000;
  std::vector<Tensor> parts;
  for (int64_t i = 0; i < rows.size(); i += kPart)
    parts.push_back(network.forward(input(rows.slice(i, std::min(i + kPart, rows.size())))));
  return at::cat(parts);
}

/// Copies of a network's parameters and buffers, and their moving average.
class Average {
 public:
  Average(const Network& network, double decay) : decay_(decay) {
    for (const auto& [name, t] : network.state()) tensors_.push_back(t), average_.push_back(t.detach().clone());
  }

  void update() {
    const at::NoGradGuard no_grad;
    const double decay = std::min(decay_, (1.0 + steps_) / (10.0 + steps_));
    for (size_t i = 0; i < tensors_.size(); ++i) average_[i].lerp_(tensors_[i], 1 - decay);
    ++steps_;
  }

  /// Exchanges the network's values with the average.
  void swap() {
    const at::NoGradGuard no_grad;
    for (size_t i = 0; i < tensors_.size(); ++i) {
      const Tensor kept = tensors_[i].clone();
      tensors_[i].copy_(average_[i]);
      average_[i].copy_(kept);
    }
  }

 private:
  double decay_;
  double steps_ = 0;
  std::vector<Tensor> tensors_, average_;
};

TensorMap copy_state(const Network& network) {
  TensorMap copy = network.state();
  for (auto& [name, t] : copy) t = t.detach().clone();
  return copy;
}

Critic fit_network(const std::shared_ptr<Network>& network, const Recipe& recipe, const Labelled& train,
                   const Labelled& held, uint64_t seed) {
  const Input& input = recipe.input;
  const at::AutoGradMode with_grad(true);
  Adam adam(*network, {recipe.rate, 0.9, 0.99, 1e-8});
  Average average(*network, recipe.average);
  Rng rng = make_rng(seed, "batches");
  const int64_t batches = std::max<int64_t>(1, train.size() / recipe.batch);
  TensorMap best = copy_state(*network);
  double best_value = -2 * kLog2;  // of logit 0
  bool found = false;
  int64_t step = 0;
  for (int64_t epoch = 0, since = 0; epoch < recipe.epochs && since < recipe.patience; ++epoch, ++since) {
    const Tensor order = at::randperm(train.size(), rng, at::kLong);
    network->set_training(true);
    for (int64_t b = 0; b < batches; ++b, ++step) {
      const Labelled rows = train.select(order.slice(0, b * recipe.batch, (b + 1) * recipe.batch));
      const Tensor logits = network->forward(input(rows));
      const Tensor loss = at::binary_cross_entropy_with_logits(logits, rows.label, rows.weight);
      adam.zero_grad();
      loss.backward();
      const double done = static_cast<double>(step) / static_cast<double>(recipe.epochs * batches);
      adam.set_rate(recipe.rate * (0.02 + 0.98 * 0.5 * (1 + std::cos(3.14159265 * done))));
      adam.step();
      average.update();
    }
    network->set_training(false);
    average.swap();
    const double value = weighted_value(logits_in_parts(*network, input, held), held);
    if (value > best_value) best_value = value, best = copy_state(*network), since = -1, found = true;
    average.swap();
  }
  if (!found) return [](const Labelled& rows) { return at::zeros({rows.size()}); };
  network->set_state(best);
  network->set_training(false);
  network->set_requires_grad(false);
  return [network, input = recipe.input](const Labelled& rows) { return logits_in_parts(*network, input, rows); };
}

/// The sizes that DCGAN's discriminator knows.
int64_t network_side(int64_t side) {
  for (const int64_t s : {16, 32, 64})
    if (side <= s) return s;
  return 128;
}

}  // namespace

Critic fit_perceptron(const Labelled& train, const Labelled& held, uint64_t seed) {
  const bool all_directions = train.white.size(1) >= std::min<int64_t>(train.x.size(1), 64);
  const bool images = train.images.defined();  // whose last directions are noise to a network of few rows
  const Input input = [=](const Labelled& rows) {
    return images ? rows.white.slice(1, 0, kImageDirections) : all_directions ? rows.white : rows.x;
  };
  NetworkOptions options;
  options.family = "mlp";
  options.shape = {input(train).size(1)};
  options.discriminator_width = 64;
  options.layers = 2;
  const int64_t batch = std::clamp<int64_t>(train.size() / 50 / 64 * 64, 64, 512);
  return fit_network(make_discriminator(options, derive_seed(seed, "perceptron")), {input, 16, batch, 4e-3, 4, 0.98},
                     train, held, seed);
}

Critic fit_convolutional(const Labelled& train, const Labelled& held, uint64_t seed) {
  const auto shape = train.images.sizes();
  const int64_t side = network_side(std::max(shape[2], shape[3])), channels = shape[1] <= 4 ? shape[1] : 1;
  const Input input = [side, channels](const Labelled& rows) {
    Tensor x = rows.images;
    if (x.size(1) != channels) x = x.mean(1, true);
    if (x.size(2) > side || x.size(3) > side) return at::adaptive_avg_pool2d(x, {side, side});
    return at::constant_pad_nd(x, {0, side - x.size(3), 0, side - x.size(2)}, -1);
  };
  NetworkOptions options;
  options.family = "dcgan";
  options.shape = {channels, side, side};
  options.discriminator_width = 16;
  return fit_network(make_discriminator(options, derive_seed(seed, "convolutional")), {input, 8, 64, 1e-3, 2, 0.98},
                     train, held, seed);
}

}  // namespace saddle
