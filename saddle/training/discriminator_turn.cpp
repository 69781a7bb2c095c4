// Implements D's turn.
#include "saddle/training/discriminator_turn.h"

#include "saddle/training/convergence.h"
#include "saddle/training/evaluation.h"

namespace saddle {
namespace {

/// Takes a network's parameters into their mean, of which they are the `count`-th.
void add_to_mean(std::vector<Tensor>& mean, const Network& network, int64_t count) {
  const at::NoGradGuard no_grad;
  if (count == 1) mean = copies_of_parameters(network);
  for (size_t i = 0; i < mean.size(); ++i)
    mean[i].lerp_(network.parameters()[i].second, 1 / static_cast<double>(count));
}

/// What D is shown, and what it says of it.
struct ShownPair {
  const Tensor &real, &fake, &labels;
};
struct Logits {
  Tensor real, fake;
};

/// The logits of both in one pass, whose gradient by the fake ones is kept; of a D in which samples do not meet.
Logits logits_at_once(Network& d, const ShownPair& pair) {
  const Tensor both = d.forward(at::cat({pair.real, pair.fake}),
                                pair.labels.defined() ? at::cat({pair.labels, pair.labels}) : Tensor());
  const auto parts = both.split(pair.real.size(0));
  parts[1].retain_grad();
  return {parts[0], parts[1]};
}

}  // namespace

bool DiscriminatorTurn::step() {
  Network& d = discriminator_.network();
  const Objective& objective = *state_.game.objective;
  const bool simultaneous = state_.options.updates == "simultaneous";
  const Batch batch = state_.draw_real(*state_.game.train, state_.options.batch_size);
  const Tensor& labels = batch.labels;  // of the fakes too, so that a loss that pairs them compares within a class
  const Tensor real = shown_.noised(batch.x);
  Tensor made;  // by G, with its graph where G learns from this pass too
  {
    const at::AutoGradMode graph(simultaneous);
    made = state_.game.generator->forward(state_.draw_latents(state_.options.batch_size), labels);
  }
  const Tensor fake = made.detach().requires_grad_(simultaneous), noised = shown_.noised(fake);
  const Tensor real_seen = shown_.augmented(real), fake_seen = shown_.augmented(noised);
  discriminator_.adam().zero_grad();
  const Logits logits = simultaneous ? logits_at_once(d, {real_seen, fake_seen, labels})
                                     : Logits{d.forward(real_seen, labels), d.forward(fake_seen, labels)};
  const Tensor loss = objective.discriminator_loss(logits.real, logits.fake);
  const Tensor penalty = shown_.regularization().penalty(
      {d, real, noised.detach(), labels, logits.real, [this](const Tensor& x) { return shown_.augmented(x); }});
  (penalty.defined() ? loss + state_.penalty * penalty : loss).backward();
  if (state_.game.reduce) state_.game.reduce(d);
  const StepNumbers numbers = read_step({loss, penalty}, d);
  state_.real_logits = logits.real.detach();
  state_.discriminator_loss = numbers.losses[0];
  if (!std::isfinite(numbers.losses[0])) return state_.fail("discriminator/loss", "D's loss");
  if (!std::isfinite(numbers.losses[1])) return state_.fail("discriminator/penalty", "D's penalties");
  if (!numbers.bad_gradient.empty())
    return state_.fail("the gradient of discriminator." + numbers.bad_gradient, "D's loss");
  if (simultaneous) keep_fake_gradient(made, fake, logits.fake);
  discriminator_.adam().step();
  shown_.regularization().end_step(d);
  state_.samples += state_.options.batch_size;
  for (TrainerPart* part : parts_) part->after_discriminator_step();
  return true;
}

/// G's gradient from D's own backward pass. Both losses reach a fake through its logit alone, so that the gradient of
/// G's by the fake is that of D's times the ratio of their derivatives by that logit.
void DiscriminatorTurn::keep_fake_gradient(const Tensor& made, const Tensor& fake, const Tensor& fake_logits) {
  const Tensor logits = fake_logits.detach().requires_grad_();
  const Tensor loss = state_.game.objective->generator_loss(state_.real_logits, logits);
  const Tensor wanted = torch::autograd::grad({loss}, {logits})[0];
  // where D is so sure that its own derivative vanishes, nothing can be read off it
  const Tensor ratio = (wanted / fake_logits.grad()).nan_to_num(0, 0, 0);
  std::vector<int64_t> one_a_sample(static_cast<size_t>(fake.dim()), 1);
  one_a_sample[0] = -1;
  state_.fake_gradient = {made, fake.grad() * ratio.view(one_a_sample), loss};
}

bool DiscriminatorTurn::turn() {
  if (state_.options.critic_steps == 0) {
    if (!converge()) return false;
  } else {
    for (int64_t k = 0; k < state_.options.critic_steps; ++k)
      if (!step()) return false;
  }
  for (TrainerPart* part : parts_) part->after_discriminator_turn();
  return true;
}

/// The article's first condition: D at its maximum before G moves.
bool DiscriminatorTurn::converge() {
  const TrainOptions& options = state_.options;
  Network& d = discriminator_.network();
  const ValueRows rows = state_.draw_value_rows(*state_.game.steering);
  const auto state_of_d = [&] {
    TensorMap all = discriminator_.rollback_state();
    for (auto& [name, tensor] : all) tensor = tensor.clone();
    return all;
  };
  ConvergenceTest test(options.converged_within, kConfidence);
  test.take(state_.values_on(rows));
  TensorMap best = state_of_d();
  int64_t steps = 0;
  Convergence says = Convergence::rising;
  while (says == Convergence::rising && steps < options.most_critic_steps) {
    // Steps of a fixed size circle around the maximum. Their mean is nearer to it, so that it is what the test judges
    // and what G meets; training itself goes on from the last step.
    std::vector<Tensor> mean;
    for (int64_t k = 1; k <= options.converged_over; ++k, ++steps) {
      if (!step()) return false;
      add_to_mean(mean, d, k);
    }
    const std::vector<Tensor> last = copies_of_parameters(d);
    set_parameters(d, mean);
    says = test.take(state_.values_on(rows));
    if (says == Convergence::rising) {
      if (test.is_best()) best = state_of_d();
      if (steps < options.most_critic_steps) set_parameters(d, last);
    }
  }
  if (says == Convergence::fell) discriminator_.roll_back(best);
  state_.record("critic/steps", static_cast<double>(steps));
  state_.record("critic/converged", says == Convergence::rising ? 0 : 1);
  return true;
}

}  // namespace saddle
