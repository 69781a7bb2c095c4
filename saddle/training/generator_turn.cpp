// Implements G's turn.
#include "saddle/training/generator_turn.h"

#include <algorithm>
#include <cmath>

#include "saddle/training/ema.h"
#include "saddle/training/evaluation.h"

namespace saddle {

bool GeneratorTurn::step() {
  Network& g = generator_.network();
  Network& d = *state_.game.discriminator;
  const Objective& objective = *state_.game.objective;
  d.set_requires_grad(false);
  generator_.adam().zero_grad();
  const int64_t n = state_.options.batch_size;
  Batch real;  // for losses that compare pairs, then within a class
  if (objective.generator_needs_real) real = state_.draw_real(*state_.game.train, n);
  const Tensor labels = real.x.defined() ? real.labels : state_.draw_labels(n, state_.labels);
  const Tensor z = state_.draw_latents(n), fake = g.forward(z, labels), shown = shown_.show(fake);
  const Tensor logits = d.forward(shown, labels);
  const Tensor beside = real.x.defined() ? d.forward(shown_.show(real.x), labels) : Tensor();
  const Tensor loss = objective.generator_loss(beside, logits);
  loss.backward();
  d.set_requires_grad(true);
  if (state_.game.reduce) state_.game.reduce(g);
  const StepNumbers numbers = read_step({loss}, g);
  state_.generator_loss = numbers.losses[0];
  if (!std::isfinite(state_.generator_loss)) return state_.fail("generator/loss", "G's loss");
  if (!numbers.bad_gradient.empty())
    return state_.fail("the gradient of generator." + numbers.bad_gradient, "G's loss");
  if (state_.options.generator_step == "trusted")
    trusted_step(z, labels, (shown - fake).detach(), logits.detach());
  else
    generator_.adam().step();
  ++state_.generator_steps;
  return true;
}

bool GeneratorTurn::turn() {
  for (int64_t k = 0; k < state_.options.generator_steps; ++k) {
    for (TrainerPart* part : parts_) part->before_generator_step();
    if (!step()) return false;
    for (TrainerPart* part : parts_) part->after_generator_step();
  }
  if (generator_.average() != nullptr)
    update_average(*generator_.average(), generator_.network(), state_.samples - samples_at_turn_, state_.samples,
                   state_.options.ema_half_life);
  samples_at_turn_ = state_.samples;
  return true;
}

/// The article's second condition: a step of G that is small to D.
void GeneratorTurn::trusted_step(const Tensor& z, const Tensor& labels, const Tensor& noise,
                                 const Tensor& fake_logits) {
  // Each measurement is a forward pass of G and D: one where the step is accepted at once, as most are.
  constexpr int kMostCuts = 4;
  constexpr double kSmallestCut = 0.1, kLargestCut = 0.7, kGrowth = 1.25;
  Network& g = generator_.network();
  Network& d = *state_.game.discriminator;
  const Objective& objective = *state_.game.objective;
  const double trust = state_.options.trust;
  const std::vector<Tensor> start = copies_of_parameters(g);
  generator_.adam().step(radius_);
  const std::vector<Tensor> full = copies_of_parameters(g);
  const at::NoGradGuard no_grad;
  const Tensor before = game_values(objective, state_.real_logits, fake_logits);
  const double equality = value_at_equality(objective);
  const auto ratio = [&] {
    const KeepBuffers no_trace({&g, &d});
    const Tensor after = game_values(objective, state_.real_logits, d.forward(g.forward(z, labels) + noise, labels));
    return staleness_ratio(mean_of(after - before).estimate, mean_of(before), equality);
  };
  double stale = ratio(), share = 1;
  for (int cuts = 0; cuts < kMostCuts && !(stale <= trust); ++cuts) {
    share *= std::isfinite(stale) ? std::clamp(0.9 * trust / stale, kSmallestCut, kLargestCut) : kSmallestCut;
    for (size_t i = 0; i < start.size(); ++i) g.parameters()[i].second.copy_(at::lerp(start[i], full[i], share));
    stale = ratio();
  }
  if (share < 1) ++shortened_steps_;
  radius_ = share < 1 ? radius_ * share : stale < trust / 2 ? std::min(1.0, radius_ * kGrowth) : radius_;
}

double GeneratorTurn::shortened_share() const {
  return static_cast<double>(shortened_steps_) / static_cast<double>(state_.generator_steps);
}

void GeneratorTurn::save(Checkpoint& checkpoint) const {
  checkpoint.tensors["trust"] = at::tensor({radius_, static_cast<double>(shortened_steps_)}, at::kDouble);
}

void GeneratorTurn::restore(const Checkpoint& checkpoint) {
  const Tensor trust = checkpoint.tensor("trust", at::kDouble, {2});
  radius_ = trust[0].item<double>();
  shortened_steps_ = trust[1].item<int64_t>();
  samples_at_turn_ = checkpoint.samples;
}

}  // namespace saddle
