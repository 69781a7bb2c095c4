// Implements what is measured while training.
#include "saddle/training/evaluation.h"

namespace saddle {

Tensor logits_of(Network& discriminator, const Tensor& x, Device device, int64_t batch) {
  const at::NoGradGuard no_grad;
  const bool training = discriminator.training();
  discriminator.set_training(false);
  std::vector<Tensor> logits;
  for (int64_t i = 0; i < x.size(0); i += batch)
    logits.push_back(discriminator.forward(x.slice(0, i, std::min(i + batch, x.size(0))).to(device)).to(at::kCPU));
  discriminator.set_training(training);
  return at::cat(logits);
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
