// Implements the measuring of a step of G under an unchanged D.
#include "saddle/training/staleness.h"

#include <algorithm>

#include "saddle/training/evaluation.h"

namespace saddle {
namespace {

Tensor part_of(const Tensor& labels, int64_t from, int64_t to) {
  return labels.defined() ? labels.slice(0, from, to) : Tensor();
}

}  // namespace

Tensor played(Network& network, const Tensor& x, const Tensor& labels, int64_t batch) {
  std::vector<Tensor> parts;
  parts.reserve(static_cast<size_t>(x.size(0) / batch + 1));
  for (int64_t i = 0; i < x.size(0); i += batch) {
    const int64_t end = std::min(i + batch, x.size(0));
    parts.push_back(network.forward(x.slice(0, i, end), part_of(labels, i, end)));
  }
  return parts.size() == 1 ? parts[0] : at::cat(parts);
}

StalenessMeasurement::StalenessMeasurement(Network& generator, Network& discriminator, const Objective& objective,
                                           const ValueRows& rows, int64_t batch)
    : generator_(generator), discriminator_(discriminator), objective_(objective), rows_(rows), batch_(batch) {
  const KeepBuffers no_trace({&generator, &discriminator});
  discriminator_.set_requires_grad(false);
  for (const auto& [name, parameter] : generator_.parameters()) parameter.mutable_grad() = Tensor();
  Tensor real_logits, fake_logits;
  {
    const at::NoGradGuard no_grad;
    real_logits = played(discriminator_, rows_.real, rows_.labels, batch_);
    const Tensor fakes = rows_.fakes_seen(played(generator_, rows_.z, rows_.labels, batch_));
    fake_logits = played(discriminator_, fakes, rows_.labels, batch_);
  }
  before_ = game_values(objective_, real_logits, fake_logits);
  // the loss may compare rows, so that its gradient by the logits comes first; then a batch at a time is played again,
  // lest all that lies between G and the logits be kept for all rows at once
  fake_logits.requires_grad_();
  (-objective_.discriminator_loss(real_logits, fake_logits)).backward();
  const Tensor gradient = fake_logits.grad();
  for (int64_t i = 0; i < rows_.z.size(0); i += batch_) {
    const int64_t end = std::min(i + batch_, rows_.z.size(0));
    const Tensor labels = part_of(rows_.labels, i, end);
    const Tensor fakes = rows_.fakes_seen.slice(i, end)(generator_.forward(rows_.z.slice(0, i, end), labels));
    discriminator_.forward(fakes, labels).backward(gradient.slice(0, i, end));
  }
  discriminator_.set_requires_grad(true);
  for (const auto& [name, parameter] : generator_.parameters()) {
    parameters_.push_back(parameter.detach().clone());
    gradients_.push_back(parameter.grad());
    parameter.mutable_grad() = Tensor();
  }
}

Tensor StalenessMeasurement::values() const {
  const at::NoGradGuard no_grad;
  const KeepBuffers no_trace({&generator_, &discriminator_});
  const Tensor fakes = rows_.fakes_seen(played(generator_, rows_.z, rows_.labels, batch_));
  return game_values(objective_, played(discriminator_, rows_.real, rows_.labels, batch_),
                     played(discriminator_, fakes, rows_.labels, batch_));
}

Staleness StalenessMeasurement::after_step() const {
  const at::NoGradGuard no_grad;
  const Tensor after = values();
  Staleness s{};
  s.before = mean_of(before_);
  s.after = mean_of(after).estimate;
  s.change = mean_of(after - before_);
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const Tensor step = generator_.parameters()[i].second.to(at::kDouble) - parameters_[i].to(at::kDouble);
    if (gradients_[i].defined()) s.predicted += (step * gradients_[i].to(at::kDouble)).sum().item<double>();
  }
  s.ratio = staleness_ratio(s.change.estimate, s.before, value_at_equality(objective_));
  return s;
}

}  // namespace saddle
