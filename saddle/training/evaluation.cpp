// Implements what is measured while training.
#include "saddle/training/evaluation.h"

namespace saddle {
namespace {

/// Scalars of one type as numbers, in one wait for the device.
std::vector<double> numbers_of(const std::vector<Tensor>& scalars) {
  if (scalars.empty()) return {};
  const Tensor all = at::stack(scalars).to(at::kCPU, at::kDouble).contiguous();
  return {all.const_data_ptr<double>(), all.const_data_ptr<double>() + all.numel()};
}

}  // namespace

Tensor logits_of(Network& discriminator, int64_t n, const std::function<Batch(int64_t)>& draw, Device device) {
  constexpr int64_t kBatch = 256;
  const at::NoGradGuard no_grad;
  const bool training = discriminator.training();
  discriminator.set_training(false);
  std::vector<Tensor> logits;
  for (int64_t i = 0; i < n; i += kBatch) {
    const Batch batch = draw(std::min(kBatch, n - i));
    const Tensor labels = batch.labels.defined() ? batch.labels.to(device) : Tensor();
    logits.push_back(discriminator.forward(batch.x.to(device), labels).to(at::kCPU));
  }
  discriminator.set_training(training);
  return at::cat(logits);
}

KeepBuffers::KeepBuffers(const std::vector<Network*>& networks) {
  for (const Network* network : networks)
    for (const auto& [name, buffer] : network->buffers()) kept_.emplace_back(buffer, buffer.clone());
}

KeepBuffers::~KeepBuffers() {
  const at::NoGradGuard no_grad;
  // a write, even of the same numbers, would spoil a graph that waits for its gradient (simultaneous updates)
  for (auto& [buffer, copy] : kept_)
    if (!at::equal(buffer, copy)) buffer.copy_(copy);
}

void settle_moments(Network& discriminator, const std::function<Batch()>& batch_of_both) {
  const at::NoGradGuard no_grad;
  constexpr int kBatches = 40;  // running moments move by a tenth each batch: 1.5 % of the old ones is left
  for (int i = 0; i < kBatches; ++i) {
    const Batch both = batch_of_both();
    discriminator.forward(both.x, both.labels);
  }
}

double gradient_norm(const Network& network) {
  std::vector<Tensor> norms;
  norms.reserve(network.parameters().size());
  for (const auto& [name, parameter] : network.parameters())
    if (parameter.grad().defined()) norms.push_back(parameter.grad().norm());
  double squares = 0;
  for (const double norm : numbers_of(norms)) squares += std::pow(norm, 2);
  return std::sqrt(squares);
}

StepNumbers read_step(const std::vector<Tensor>& losses, const Network& network) {
  std::vector<Tensor> all;
  all.reserve(losses.size() + network.parameters().size());
  for (const Tensor& loss : losses)
    if (loss.defined()) all.push_back(loss.detach());
  for (const auto& [name, parameter] : network.parameters())
    if (parameter.grad().defined()) all.push_back(parameter.grad().sum());
  const std::vector<double> numbers = numbers_of(all);
  StepNumbers step;
  step.losses.reserve(losses.size());
  size_t next = 0;
  for (const Tensor& loss : losses) step.losses.push_back(loss.defined() ? numbers[next++] : 0);
  for (const auto& [name, parameter] : network.parameters())
    if (parameter.grad().defined() && !std::isfinite(numbers[next++]) && step.bad_gradient.empty())
      step.bad_gradient = name;
  return step;
}

std::vector<Tensor> copies_of_parameters(const Network& network) {
  std::vector<Tensor> all;
  all.reserve(network.parameters().size());
  for (const auto& [name, parameter] : network.parameters()) all.push_back(parameter.detach().clone());
  return all;
}

void set_parameters(Network& network, const std::vector<Tensor>& values) {
  const at::NoGradGuard no_grad;
  for (size_t i = 0; i < values.size(); ++i) network.parameters()[i].second.copy_(values[i]);
}

}  // namespace saddle
