// Implements the network that is trained along with the game.
#include "saddle/training/witness.h"

#include "saddle/io/image.h"
#include "saddle/training/ema.h"
#include "saddle/training/evaluation.h"

namespace saddle {
namespace {

constexpr AdamOptions kAdam = {1e-3, 0.9, 0.99, 1e-8};
constexpr int64_t kHalfLife = 100;  // of the average, in steps

/// As a file would hold them: what a float tells beyond that is no difference.
Tensor as_seen(const Tensor& x) { return x.dim() == 4 ? to_byte_levels(x) : x; }

}  // namespace

Witness::Witness(std::unique_ptr<Network> network, std::unique_ptr<Network> average, Device device)
    : network_(std::move(network)), average_(std::move(average)), adam_(*network_, kAdam),
      steps_(at::zeros({1}, at::kLong)), device_(device) {
  network_->to(device);
  average_->to(device);
  average_->set_state(network_->state());
  average_->set_requires_grad(false);
}

void Witness::step(const Tensor& real, const Tensor& fake) {
  const Tensor x = at::cat({as_seen(real.to(device_)), as_seen(fake.to(device_))});
  const int64_t n = real.size(0), m = fake.size(0);
  const Tensor logits = network_->forward(x), own = at::cat({logits.slice(0, 0, n), -logits.slice(0, n)});
  const Tensor side = at::cat({at::full({n}, 0.5 / static_cast<double>(n), logits.options()),
                               at::full({m}, 0.5 / static_cast<double>(m), logits.options())});
  const Tensor loss = -(at::log_sigmoid(own) * side).sum();
  adam_.zero_grad();
  if (!std::isfinite(loss.item<double>())) return;
  loss.backward();
  if (!first_non_finite_gradient(*network_).empty()) return adam_.zero_grad();
  adam_.step();
  steps_ += 1;
  update_average(*average_, *network_, 1, steps_.item<int64_t>(), kHalfLife);
}

Tensor Witness::logits(const Tensor& x) const {
  int64_t done = 0;
  const auto next = [&](int64_t n) {
    done += n;
    return as_seen(x.slice(0, done - n, done));
  };
  return logits_of(*average_, x.size(0), next, device_).unsqueeze(1);
}

TensorMap Witness::state(const std::string& prefix) const {
  TensorMap all = network_->state(prefix + "network.");
  all.merge(average_->state(prefix + "average."));
  all.merge(adam_.state(prefix + "adam."));
  all[prefix + "steps"] = steps_;
  return all;
}

void Witness::set_state(const TensorMap& tensors, const std::string& prefix) {
  network_->set_state(tensors, prefix + "network.");
  average_->set_state(tensors, prefix + "average.");
  adam_.set_state(tensors, prefix + "adam.");
  steps_ = tensors.at(prefix + "steps").clone();
}

}  // namespace saddle
