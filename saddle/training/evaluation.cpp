// Implements what is measured while training.
#include "saddle/training/evaluation.h"

namespace saddle {

Tensor logits_of(Network& discriminator, int64_t n, const std::function<Tensor(int64_t)>& draw, Device device) {
  constexpr int64_t kBatch = 256;
  const at::NoGradGuard no_grad;
  const bool training = discriminator.training();
  discriminator.set_training(false);
  std::vector<Tensor> logits;
  for (int64_t i = 0; i < n; i += kBatch)
    logits.push_back(discriminator.forward(draw(std::min(kBatch, n - i)).to(device)).to(at::kCPU));
  discriminator.set_training(training);
  return at::cat(logits);
}

KeepBuffers::KeepBuffers(const std::vector<Network*>& networks) {
  for (const Network* network : networks)
    for (const auto& [name, buffer] : network->buffers()) kept_.emplace_back(buffer, buffer.clone());
}

KeepBuffers::~KeepBuffers() {
  const at::NoGradGuard no_grad;
  for (auto& [buffer, copy] : kept_) buffer.copy_(copy);
}

void settle_moments(Network& discriminator, const std::function<Tensor()>& batch_of_both) {
  const at::NoGradGuard no_grad;
  constexpr int kBatches = 40;  // running moments move by a tenth each batch: 1.5 % of the old ones is left
  for (int i = 0; i < kBatches; ++i) discriminator.forward(batch_of_both());
}

double gradient_norm(const Network& network) {
  double squares = 0;
  for (const auto& [name, parameter] : network.parameters())
    if (parameter.grad().defined()) squares += std::pow(parameter.grad().norm().item<double>(), 2);
  return std::sqrt(squares);
}

std::string first_non_finite_gradient(const Network& network) {
  for (const auto& [name, parameter] : network.parameters())
    if (parameter.grad().defined() && !std::isfinite(parameter.grad().sum().item<double>())) return name;
  return "";
}

}  // namespace saddle
