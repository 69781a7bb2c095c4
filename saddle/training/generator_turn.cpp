// Implements G's turn.
#include "saddle/training/generator_turn.h"

#include <algorithm>
#include <cmath>

#include "saddle/training/ema.h"
#include "saddle/training/evaluation.h"

namespace saddle {

/// G's gradients by one shard of fakes, and of `real` samples where the loss compares pairs. Result: G's loss, and D's
/// logits of the fakes.
Tensor GeneratorTurn::pass(const Batch& real) {
  Network& d = *state_.game.discriminator;
  const int64_t n = state_.options.batch_size / state_.shards.count();
  const Tensor labels = real.x.defined() ? real.labels : state_.draw_trained_labels(n, state_.labels);
  const Tensor z = state_.draw_latents(n), fake = generator_.network().forward(z, labels), noised = shown_.noised(fake);
  const Transform transform = shown_.draw_transform(noised);
  const Tensor logits = d.forward(transform(noised), labels);
  const Tensor beside = real.x.defined() ? d.forward(shown_.show(real.x), labels) : Tensor();
  const Tensor loss = state_.game.objective->generator_loss(beside, logits);
  loss.backward();
  const at::NoGradGuard no_grad;
  if (state_.options.generator_step == "trusted")
    shown_latents_.push_back({z, labels, fake.detach(), noised - fake, transform});
  return at::cat({loss.view(1), logits});
}

bool GeneratorTurn::step() {
  Network& g = generator_.network();
  Network& d = *state_.game.discriminator;
  generator_.adam().zero_grad();
  shown_latents_.clear();
  Tensor said;
  if (!state_.fake_gradients.empty()) {
    const std::vector<FakeGradient> of_d_step = std::exchange(state_.fake_gradients, {});
    said = state_.train(g, [&](int64_t shard) {
      const FakeGradient& one = of_d_step[static_cast<size_t>(shard)];
      one.fake.backward(one.gradient);
      return one.loss.view(1);
    });
  } else {
    Batch real;  // for losses that compare pairs, then within a class
    if (state_.game.objective->generator_needs_real) real = state_.draw_batch();
    const auto part = [&](const Tensor& x, int64_t shard) { return state_.shards.of_process(x, shard); };
    d.set_requires_grad(false);
    said = state_.train(g, [&](int64_t shard) { return pass({part(real.x, shard), part(real.labels, shard)}); });
    d.set_requires_grad(true);
  }
  guide_noise();
  if (!is_finite(said.select(1, 0).mean())) return false;
  if (shown_latents_.empty())
    generator_.adam().step();
  else
    trusted_step(said.slice(1, 1).flatten());
  shown_latents_.clear();
  ++state_.generator_steps;
  return true;
}

/// The other term of the loss of a G that ends in noise: - weight x the noise's entropy. Where the game does not tell
/// its size from folds of G finer than D resolves, noise is what P_G shall be made of: then it has a density. While the
/// noise on what D sees hides it, it is held: it would take the place of modes that G is to find. Source: Dieng et al.
/// 2019, Prescribed Generative Adversarial Networks, section 3.2, whose bound on P_G's entropy it is.
void GeneratorTurn::guide_noise() {
  constexpr double kHidden = 0.5;  // of D's noise: under which it does not see G's
  const Tensor log_noise = generator_.network().log_output_noise();
  if (!log_noise.defined() || !log_noise.grad().defined()) return;
  const at::NoGradGuard no_grad;
  const Tensor hidden = log_noise.exp() < kHidden * state_.noise;
  log_noise.mutable_grad() = at::where(hidden, 0.0, log_noise.grad() - state_.options.output_entropy);
}

/// Reads G's loss and its gradients; where something is not finite, it is what failed.
bool GeneratorTurn::is_finite(const Tensor& loss) {
  Network& g = generator_.network();
  const StepNumbers numbers = read_step({loss}, g);
  state_.generator_loss = numbers.losses[0];
  if (!std::isfinite(state_.generator_loss)) return state_.fail("generator/loss", "G's loss");
  if (!numbers.bad_gradient.empty())
    return state_.fail("the gradient of generator." + numbers.bad_gradient, "G's loss");
  return true;
}

bool GeneratorTurn::turn() {
  for (int64_t k = 0; k < state_.options.generator_steps; ++k) {
    state_.tell(parts_, &TrainerPart::before_generator_step);
    if (!step()) return false;
    state_.tell(parts_, &TrainerPart::after_generator_step);
  }
  if (generator_.average() != nullptr)
    update_average(*generator_.average(), generator_.network(), state_.samples - samples_at_turn_, state_.samples,
                   state_.options.ema_half_life);
  samples_at_turn_ = state_.samples;
  return true;
}

/// How far samples moved: the mean square, in standard deviations of the data. Shapes: before and after [n, ...].
Tensor GeneratorTurn::moved(const Tensor& before, const Tensor& after) const {
  const Tensor step = after - before, scale = state_.game.scale;
  return (scale.defined() ? step / scale.to(state_.device) : step).square().mean();
}

/// How wide G's samples are smeared where D was fitted, in standard deviations of the data: by the noise on what D
/// sees, or by G's own; 0: neither is there.
double GeneratorTurn::fitted_width() const {
  const Tensor log_noise = generator_.network().log_output_noise();
  return std::max(state_.noise, log_noise.defined() ? log_noise.mean().exp().item<double>() : 0.0);
}

/// The article's second condition: a step of G that is small to D. Two things tell: V's change under the same D, and
/// how far samples move in the width on which D was fitted, since V is silent where D is sure. G's own noise takes the
/// whole of its step, which changes that width by a share and is no way to a place that D does not know.
void GeneratorTurn::trusted_step(const Tensor& fake_logits) {
  // Each measurement is a forward pass of G and D: one where the step is accepted at once, as most are.
  constexpr int kMostCuts = 4;
  constexpr double kSmallestCut = 0.1, kLargestCut = 0.7, kGrowth = 1.25;
  constexpr double kRounding = 1e-4;  // a smaller share of a step has few digits
  Network& g = generator_.network();
  Network& d = *state_.game.discriminator;
  const Objective& objective = *state_.game.objective;
  const double trust = state_.options.trust;
  const std::vector<Tensor> start = copies_of_parameters(g);
  const double farthest = state_.options.trust_move * fitted_width();
  generator_.adam().step(radius_);
  const std::vector<Tensor> full = copies_of_parameters(g);
  const at::NoGradGuard no_grad;
  const Tensor log_noise = g.log_output_noise();
  const auto go = [&](double share) {
    for (size_t i = 0; i < start.size(); ++i) {
      const Tensor& parameter = g.parameters()[i].second;
      const double part = parameter.is_same(log_noise) ? 1 / std::max(radius_, kRounding) : share;
      if (part != 1) parameter.copy_(at::lerp(start[i], full[i], part));
    }
  };
  const Tensor before = game_values(objective, state_.real_logits, fake_logits);
  const double equality = value_at_equality(objective);
  // 1: as far as a step may go
  const auto reach = [&] {
    const KeepBuffers no_trace({&g, &d});
    const Tensor said = state_.shards.each([&](int64_t shard) {
      const ShownLatents& x = shown_latents_[static_cast<size_t>(shard)];
      const Tensor fake = g.forward(x.z, x.labels), logits = d.forward(x.transform(fake + x.noise), x.labels);
      return at::cat({moved(x.fake, fake).view(1), logits});
    });
    const Tensor after = game_values(objective, state_.real_logits, said.slice(1, 1).flatten());
    const double ratio = staleness_ratio(mean_of(after - before).estimate, mean_of(before), equality) / trust;
    const double way = said.select(1, 0).mean().sqrt().item<double>();
    return farthest > 0 ? std::max(ratio, way / farthest) : ratio;
  };
  double share = 1;
  go(share);
  double reached = reach();
  for (int cuts = 0; cuts < kMostCuts && !(reached <= 1); ++cuts) {
    share *= std::isfinite(reached) ? std::clamp(0.9 / reached, kSmallestCut, kLargestCut) : kSmallestCut;
    go(share);
    reached = reach();
  }
  if (share < 1) ++shortened_steps_;
  // A step that had to be cut to a tenth says more of its batch than of those to come.
  if (share < 1)
    radius_ *= kLargestCut;
  else if (reached < 0.5)
    radius_ = std::min(1.0, radius_ * kGrowth);
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

void GeneratorTurn::roll_back(const TensorMap&) {
  radius_ = 1;
  state_.fake_gradients.clear();
}

}  // namespace saddle
