// Implements the article's two conditions: D at its maximum before G moves, and a step of G that is small to D.
#include <algorithm>
#include <cmath>

#include "saddle/training/convergence.h"
#include "saddle/training/evaluation.h"
#include "saddle/training/trainer_state.h"

namespace saddle {
namespace {

constexpr int64_t kLookRows = 4096;   // a standard error of V of about 0.01 nats, and far less of its changes
constexpr int64_t kSpareRows = 1024;  // where no step depends on a look and nobody asked for it: twice that error

std::vector<Tensor> copies(const Network& network) {
  std::vector<Tensor> all;
  all.reserve(network.parameters().size());
  for (const auto& [name, parameter] : network.parameters()) all.push_back(parameter.detach().clone());
  return all;
}

void set_parameters(Network& network, const std::vector<Tensor>& values) {
  const at::NoGradGuard no_grad;
  for (size_t i = 0; i < values.size(); ++i) network.parameters()[i].second.copy_(values[i]);
}

/// Takes a network's parameters into their mean, of which they are the `count`-th.
void add_to_mean(std::vector<Tensor>& mean, const Network& network, int64_t count) {
  const at::NoGradGuard no_grad;
  if (count == 1) mean = copies(network);
  for (size_t i = 0; i < mean.size(); ++i)
    mean[i].lerp_(network.parameters()[i].second, 1 / static_cast<double>(count));
}

}  // namespace

int64_t Trainer::State::look_rows(const Sampler& from) const {
  const bool spare = options.critic_steps > 0 && options.staleness_every == 0;
  const int64_t most = spare ? kSpareRows : kLookRows, held_out = from.count();
  return held_out > 0 ? std::min(held_out, most) : most;
}

LookRows Trainer::State::draw_look(Sampler& from) {
  const Tensor real = from.sample(look_rows(from)).x.to(device);
  return {real, randn({real.size(0), options.latent_dim}, looks, device)};
}

TensorMap Trainer::State::look_origin() const {
  TensorMap origin = {{"rng", rng_state(looks)}};
  for (const auto& [name, tensor] : game.select->state()) origin["sampler." + name] = tensor;
  return origin;
}

Tensor Trainer::State::values_on(const LookRows& rows) {
  const at::NoGradGuard no_grad;
  const KeepBuffers no_trace({game.generator.get(), game.discriminator.get()});
  return game_values(
      *game.objective, played(*game.discriminator, rows.real, options.batch_size),
      played(*game.discriminator, played(*game.generator, rows.z, options.batch_size), options.batch_size));
}

bool Trainer::State::discriminator_turn() {
  if (options.critic_steps == 0) {
    if (!converge_discriminator()) return false;
  } else {
    for (int64_t k = 0; k < options.critic_steps; ++k)
      if (!discriminator_step()) return false;
  }
  if (waiting != nullptr) {
    record("staleness/value_retrained", mean_of(values_on(*waiting)).estimate);
    waiting.reset();
    waiting_origin.clear();
  }
  return true;
}

bool Trainer::State::converge_discriminator() {
  const LookRows rows = draw_look(*game.look);
  const auto state = [&] {
    TensorMap all = game.discriminator->state("network.");
    all.merge(discriminator_adam.state("adam."));
    for (auto& [name, tensor] : all) tensor = tensor.clone();
    return all;
  };
  ConvergenceTest test(options.converged_within, kConfidence);
  test.look(values_on(rows));
  TensorMap best = state();
  int64_t steps = 0;
  Convergence says = Convergence::rising;
  while (says == Convergence::rising && steps < options.most_critic_steps) {
    // Steps of a fixed size circle around the maximum. Their mean is nearer to it, so that it is what the test judges
    // and what G meets; training itself goes on from the last step.
    std::vector<Tensor> mean;
    for (int64_t k = 1; k <= options.converged_over; ++k, ++steps) {
      if (!discriminator_step()) return false;
      add_to_mean(mean, *game.discriminator, k);
    }
    const std::vector<Tensor> last = copies(*game.discriminator);
    set_parameters(*game.discriminator, mean);
    says = test.look(values_on(rows));
    if (says == Convergence::rising) {
      if (test.is_best()) best = state();
      if (steps < options.most_critic_steps) set_parameters(*game.discriminator, last);
    }
  }
  if (says == Convergence::fell) {
    game.discriminator->set_state(best, "network.");
    discriminator_adam.set_state(best, "adam.");
  }
  record("critic/steps", static_cast<double>(steps));
  record("critic/converged", says == Convergence::rising ? 0 : 1);
  return true;
}

void Trainer::State::trusted_step(const Tensor& z, const Tensor& noise, const Tensor& fake_logits) {
  // Each look is a forward pass of G and D: one where the step is accepted at once, as most are.
  constexpr int kMostCuts = 4;
  constexpr double kSmallestCut = 0.1, kLargestCut = 0.7, kGrowth = 1.25;
  const std::vector<Tensor> start = copies(*game.generator);
  generator_adam.step(radius);
  const std::vector<Tensor> full = copies(*game.generator);
  const at::NoGradGuard no_grad;
  const Tensor before = game_values(*game.objective, real_logits, fake_logits);
  const double equality = value_at_equality(*game.objective);
  const auto ratio = [&] {
    const KeepBuffers no_trace({game.generator.get(), game.discriminator.get()});
    const Tensor after =
        game_values(*game.objective, real_logits, game.discriminator->forward(game.generator->forward(z) + noise));
    return staleness_ratio(mean_of(after - before).estimate, mean_of(before), equality);
  };
  double stale = ratio(), share = 1;
  for (int cuts = 0; cuts < kMostCuts && !(stale <= options.trust); ++cuts) {
    share *= std::isfinite(stale) ? std::clamp(0.9 * options.trust / stale, kSmallestCut, kLargestCut) : kSmallestCut;
    for (size_t i = 0; i < start.size(); ++i)
      game.generator->parameters()[i].second.copy_(at::lerp(start[i], full[i], share));
    stale = ratio();
  }
  if (share < 1) ++shortened_steps;
  radius = share < 1 ? radius * share : stale < options.trust / 2 ? std::min(1.0, radius * kGrowth) : radius;
}

bool Trainer::State::measured_generator_step() {
  waiting_origin = look_origin();
  waiting = std::make_unique<LookRows>(draw_look(*game.select));
  const StalenessProbe probe(*game.generator, *game.discriminator, *game.objective, *waiting, options.batch_size);
  if (!generator_step()) return false;
  record_staleness(probe.after_step());
  return true;
}

void Trainer::State::record_staleness(const Staleness& s) {
  const double z = 1.959963984540054;  // of a two-sided 95 % interval
  const auto interval = [&](const Mean& mean) {
    return Interval{mean.estimate, mean.estimate - z * mean.standard_error, mean.estimate + z * mean.standard_error};
  };
  record("staleness/value_before", s.before.estimate, interval(s.before));
  record("staleness/value_after", s.after);
  record("staleness/change", s.change.estimate, interval(s.change));
  record("staleness/predicted_change", s.predicted);
  record("staleness/ratio", s.ratio);
  if (options.generator_step == "trusted") {
    record("generator/radius", radius);
    record("generator/shortened_share", static_cast<double>(shortened_steps) / static_cast<double>(generator_steps));
  }
}

}  // namespace saddle
