// Implements the network that is trained along with the game.
#include "saddle/training/independent_critic.h"

#include <numbers>

#include "saddle/base/rng.h"
#include "saddle/io/image.h"
#include "saddle/training/ema.h"
#include "saddle/training/evaluation.h"

namespace saddle {
namespace {

constexpr AdamOptions kAdam = {1e-3, 0.9, 0.99, 1e-8};
constexpr int64_t kFrequencies = 8, kMostFine = 32;  // an octave apart; columns
constexpr double kLongest = 4;                       // period, in standard deviations of the data
constexpr int64_t kHalfLife = 100;                   // of the average, in steps

bool is_fine(const std::vector<int64_t>& shape) { return shape.size() == 1 && shape[0] <= kMostFine; }

std::unique_ptr<Network> make_network(NetworkOptions options, uint64_t seed) {
  options.classes = 0;
  if (options.shape.size() == 3) options.discriminator_width = std::max<int64_t>(8, options.discriminator_width / 2);
  if (is_fine(options.shape)) options.shape[0] *= 1 + 2 * kFrequencies;
  return make_discriminator(options, derive_seed(seed, "witness"));
}

/// Images as a file would hold them: what a float tells beyond that is no difference. Points at all scales.
Tensor as_seen(const Tensor& x) {
  if (x.dim() == 4) return to_byte_levels(x);
  if (!is_fine({x.size(1)})) return x;
  std::vector<Tensor> all = {x};
  for (int64_t k = 0; k < kFrequencies; ++k) {
    const Tensor phase = x * (2 * std::numbers::pi / kLongest * std::exp2(static_cast<double>(k)));
    all.push_back(phase.sin());
    all.push_back(phase.cos());
  }
  return at::cat(all, 1);
}

}  // namespace

IndependentCritic::IndependentCritic(const NetworkOptions& players, uint64_t seed, Device device)
    : network_(make_network(players, seed)), average_(make_network(players, seed)), adam_(*network_, kAdam),
      steps_(at::zeros({1}, at::kLong)), device_(device) {
  network_->to(device);
  average_->to(device);
  average_->set_state(network_->state());
  average_->set_requires_grad(false);
}

void IndependentCritic::step(const Tensor& real, const Tensor& fake, double rate) {
  adam_.set_rate(rate * kAdam.rate);
  const Tensor x = at::cat({as_seen(real.to(device_)), as_seen(fake.to(device_))});
  const int64_t n = real.size(0), m = fake.size(0);
  const Tensor logits = network_->forward(x), own = at::cat({logits.slice(0, 0, n), -logits.slice(0, n)});
  const Tensor side = at::cat({at::full({n}, 0.5 / static_cast<double>(n), logits.options()),
                               at::full({m}, 0.5 / static_cast<double>(m), logits.options())});
  const Tensor loss = -(at::log_sigmoid(own) * side).sum();
  adam_.zero_grad();
  loss.backward();
  const StepNumbers numbers = read_step({loss}, *network_);
  if (!std::isfinite(numbers.losses[0]) || !numbers.bad_gradient.empty()) return adam_.zero_grad();
  adam_.step();
  steps_ += 1;
  update_average(*average_, *network_, 1, steps_.item<int64_t>(), kHalfLife);
}

Tensor IndependentCritic::logits(const Tensor& x) const {
  int64_t done = 0;
  const auto next = [&](int64_t n) -> Batch {
    done += n;
    return {as_seen(x.slice(0, done - n, done)), {}};
  };
  return logits_of(*average_, x.size(0), next, device_).unsqueeze(1);
}

TensorMap IndependentCritic::state(const std::string& prefix) const {
  TensorMap all = network_->state(prefix + "network.");
  all.merge(average_->state(prefix + "average."));
  all.merge(adam_.state(prefix + "adam."));
  all[prefix + "steps"] = steps_;
  return all;
}

void IndependentCritic::set_average(const TensorMap& tensors, const std::string& prefix) {
  average_->set_state(tensors, prefix + "average.");
}

bool IndependentCritic::has_average(const TensorMap& tensors, const std::string& prefix) {
  const auto found = tensors.lower_bound(prefix + "average.");
  return found != tensors.end() && found->first.starts_with(prefix + "average.");
}

void IndependentCritic::set_state(const TensorMap& tensors, const std::string& prefix) {
  network_->set_state(tensors, prefix + "network.");
  set_average(tensors, prefix);
  adam_.set_state(tensors, prefix + "adam.");
  steps_ = tensors.at(prefix + "steps").clone();
}

}  // namespace saddle
