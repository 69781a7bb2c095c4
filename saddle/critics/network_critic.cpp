// Implements critics that are networks.
#include "saddle/critics/network_critic.h"

#include "saddle/base/constants.h"
#include "saddle/base/rng.h"
#include "saddle/networks/network.h"
#include "saddle/networks/optimizer.h"

namespace saddle {
namespace {

constexpr int64_t kImageDirections = 24;  // leading ones, that a perceptron sees of images

/// How a network is fitted.
struct Recipe {
  int64_t epochs, batch;
  double rate;
  int patience;    // epochs without a larger V on held-out rows before it stops
  double average;  // decay of the average of the weights, a step
};

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

Critic fit_network(const NetworkCritic& critic, const Recipe& recipe, const Labelled& train, const Labelled& held,
                   uint64_t seed) {
  const auto& network = critic.network;
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
      const Tensor logits = network->forward(critic.input(rows));
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
    const double value = weighted_value(critic(held), held);
    if (value > best_value) best_value = value, best = copy_state(*network), since = -1, found = true;
    average.swap();
  }
  if (!found)
    for (const auto& [name, weight] : network->parameters()) best.at(name).zero_();  // logits of 0
  network->set_state(best);
  network->set_training(false);
  network->set_requires_grad(false);
  return critic;
}

/// The sizes that DCGAN's discriminator knows.
int64_t network_side(int64_t side) {
  for (const int64_t s : {16, 32, 64})
    if (side <= s) return s;
  return 128;
}

/// Fills up images of `shape` below and on the right with -1, to `side` pixels.
GraphValue emit_padded(OpGraph& graph, const GraphValue& images, at::IntArrayRef shape, int64_t side) {
  if (shape[1] == side && shape[2] == side) return images;
  const GraphValue one = graph.constant(1.0);  // where 0 is -1, which is what a Pad fills with
  const GraphValue pads = graph.constant(std::vector<int64_t>{0, 0, 0, 0, 0, 0, side - shape[1], side - shape[2]});
  return graph.node("Sub", {graph.node("Pad", {graph.node("Add", {images, one}), pads}), one});
}

}  // namespace

Tensor NetworkCritic::operator()(const Labelled& rows) const {
  const at::NoGradGuard no_grad;
  constexpr int64_t kPart = 2000;
  std::vector<Tensor> parts;
  for (int64_t i = 0; i < rows.size(); i += kPart)
    parts.push_back(network->forward(input(rows.slice(i, std::min(i + kPart, rows.size())))));
  return at::cat(parts);
}

Critic fit_perceptron(const Labelled& train, const Labelled& held, uint64_t seed) {
  const bool all_directions = train.white.size(1) >= std::min<int64_t>(train.x.size(1), 64);
  const bool images = train.images.defined();  // whose last directions are noise to a network of few rows
  NetworkCritic critic;
  critic.input = [=](const Labelled& rows) {
    return images ? rows.white.slice(1, 0, kImageDirections) : all_directions ? rows.white : rows.x;
  };
  if (!images)
    critic.emit_input = [=](OpGraph&, const PreparedValues& rows) { return all_directions ? rows.white : rows.x; };
  NetworkOptions options;
  options.family = "mlp";
  options.shape = {critic.input(train).size(1)};
  options.discriminator_width = 64;
  options.layers = 2;
  const int64_t batch = std::clamp<int64_t>(train.size() / 50 / 64 * 64, 64, 512);
  critic.network = make_discriminator(options, derive_seed(seed, "perceptron"));
  return fit_network(critic, {16, batch, 4e-3, 4, 0.98}, train, held, seed);
}

Critic fit_convolutional(const Labelled& train, const Labelled& held, uint64_t seed) {
  const auto shape = train.images.sizes();
  const int64_t side = network_side(std::max(shape[2], shape[3])), channels = shape[1] <= 4 ? shape[1] : 1;
  NetworkCritic critic;
  critic.input = [side, channels](const Labelled& rows) {
    Tensor x = rows.images;
    if (x.size(1) != channels) x = x.mean(1, true);
    if (x.size(2) > side || x.size(3) > side) return at::adaptive_avg_pool2d(x, {side, side});
    return at::constant_pad_nd(x, {0, side - x.size(3), 0, side - x.size(2)}, -1);
  };
  if (shape[1] == channels && shape[2] <= side && shape[3] <= side)
    critic.emit_input = [side, shape = shape.slice(1).vec()](OpGraph& graph, const PreparedValues& rows) {
      return emit_padded(graph, rows.images, shape, side);
    };
  NetworkOptions options;
  options.family = "dcgan";
  options.shape = {channels, side, side};
  options.discriminator_width = 16;
  critic.network = make_discriminator(options, derive_seed(seed, "convolutional"));
  return fit_network(critic, {8, 64, 1e-3, 2, 0.98}, train, held, seed);
}

}  // namespace saddle
