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

/// The logits of real and fake samples in one pass, whose gradient by the fake ones is kept; of a D in which samples do
/// not meet.
std::pair<Tensor, Tensor> logits_at_once(Network& d, const Tensor& real, const Tensor& fake, const Tensor& labels) {
  const Tensor both = d.forward(at::cat({real, fake}), labels.defined() ? at::cat({labels, labels}) : Tensor());
  const auto parts = both.split(real.size(0));
  parts[1].retain_grad();
  return {parts[0], parts[1]};
}

}  // namespace

/// D's gradients by one shard. Result: D's loss, its penalties, and its logits of the real samples.
Tensor DiscriminatorTurn::pass(const Batch& batch) {
  Network& d = discriminator_.network();
  const bool simultaneous = state_.options.updates == "simultaneous";
  const Tensor& labels = batch.labels;  // of the fakes too, so that a loss that pairs them compares within a class
  const Tensor real = shown_.noised(batch.x);
  Fakes fakes;  // made by G, with its graph where G learns from this pass too
  {
    const at::AutoGradMode graph(simultaneous);
    fakes.made = state_.game.generator->forward(state_.draw_latents(real.size(0)), labels);
  }
  fakes.fake = fakes.made.detach().requires_grad_(simultaneous);
  const Tensor noised = shown_.noised(fakes.fake);
  const Tensor real_seen = shown_.augmented(real), fake_seen = shown_.augmented(noised);
  Logits logits;
  if (simultaneous) {
    std::tie(logits.real, logits.fake) = logits_at_once(d, real_seen, fake_seen, labels);
  } else {
    logits.real = d.forward(real_seen, labels);
    logits.fake = d.forward(fake_seen, labels);
  }
  const Tensor loss = state_.game.objective->discriminator_loss(logits.real, logits.fake);
  const Tensor penalty = shown_.regularization().penalty(
      {d, real, noised.detach(), labels, logits.real, [this](const Tensor& x) { return shown_.augmented(x); }});
  (penalty.defined() ? loss + state_.penalty * penalty : loss).backward();
  if (simultaneous) keep_fake_gradient(fakes, logits);
  const at::NoGradGuard no_grad;
  return at::cat({loss.view(1), penalty.defined() ? penalty.view(1) : at::zeros_like(loss).view(1), logits.real});
}

bool DiscriminatorTurn::step() {
  Network& d = discriminator_.network();
  const Batch batch = state_.draw_batch();
  const auto part = [&](const Tensor& x, int64_t shard) { return state_.shards.of_process(x, shard); };
  state_.fake_gradients.clear();
  discriminator_.adam().zero_grad();
  const Tensor said =
      state_.train(d, [&](int64_t shard) { return pass({part(batch.x, shard), part(batch.labels, shard)}); });
  const StepNumbers numbers = read_step({said.select(1, 0).mean(), said.select(1, 1).mean()}, d);
  state_.real_logits = said.slice(1, 2).flatten();
  state_.discriminator_loss = numbers.losses[0];
  const auto fail = [&](const std::string& tensor, const std::string& term) {
    state_.fake_gradients.clear();
    return state_.fail(tensor, term);
  };
  if (!std::isfinite(numbers.losses[0])) return fail("discriminator/loss", "D's loss");
  if (!std::isfinite(numbers.losses[1])) return fail("discriminator/penalty", "D's penalties");
  if (!numbers.bad_gradient.empty()) return fail("the gradient of discriminator." + numbers.bad_gradient, "D's loss");
  discriminator_.adam().step();
  shown_.regularization().end_step(d);
  state_.samples += state_.options.batch_size;
  state_.tell(parts_, &TrainerPart::after_discriminator_step);
  state_.share_augmentation();
  return true;
}

/// G's gradient from D's own backward pass. Both losses reach a fake through its logit alone, so that the gradient of
/// G's by the fake is that of D's times the ratio of their derivatives by that logit.
void DiscriminatorTurn::keep_fake_gradient(const Fakes& fakes, const Logits& logits) {
  const Tensor at = logits.fake.detach().requires_grad_();
  const Tensor loss = state_.game.objective->generator_loss(logits.real.detach(), at);
  const Tensor wanted = torch::autograd::grad({loss}, {at})[0];
  // where D is so sure that its own derivative vanishes, nothing can be read off it
  const Tensor ratio = (wanted / logits.fake.grad()).nan_to_num(0, 0, 0);
  std::vector<int64_t> one_a_sample(static_cast<size_t>(fakes.fake.dim()), 1);
  one_a_sample[0] = -1;
  state_.fake_gradients.push_back({fakes.made, fakes.fake.grad() * ratio.view(one_a_sample), loss});
}

bool DiscriminatorTurn::turn() {
  if (state_.options.critic_steps == 0) {
    if (!converge()) return false;
  } else {
    for (int64_t k = 0; k < state_.options.critic_steps; ++k)
      if (!step()) return false;
  }
  state_.tell(parts_, &TrainerPart::after_discriminator_turn);
  return true;
}

/// The article's first condition: D at its maximum before G moves.
bool DiscriminatorTurn::converge() {
  const TrainOptions& options = state_.options;
  Network& d = discriminator_.network();
  const bool leads = state_.shards.leads();
  const ValueRows rows = leads ? state_.draw_value_rows(*state_.game.steering) : ValueRows{};
  const auto state_of_d = [&] {
    TensorMap all = discriminator_.rollback_state();
    for (auto& [name, tensor] : all) tensor = tensor.clone();
    return all;
  };
  ConvergenceTest test(options.converged_within, kConfidence);
  struct Look {
    Convergence says;
    bool is_best;
  };
  const auto look = [&]() -> Look {  // of the process that leads; the others hear what it says
    Tensor said = at::zeros({2}, at::kLong);
    if (leads) {
      said[0] = static_cast<int64_t>(test.take(state_.values_on(rows)));
      said[1] = static_cast<int64_t>(test.is_best());
    }
    said = state_.shards.group().broadcast(said);
    return {static_cast<Convergence>(said[0].item<int64_t>()), said[1].item<int64_t>() != 0};
  };
  look();
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
    const Look now = look();
    says = now.says;
    if (says == Convergence::rising) {
      if (now.is_best) best = state_of_d();
      if (steps < options.most_critic_steps) set_parameters(d, last);
    }
  }
  if (says == Convergence::fell) discriminator_.roll_back(best);
  if (!leads) return true;
  state_.record("critic/steps", static_cast<double>(steps));
  state_.record("critic/converged", says == Convergence::rising ? 0 : 1);
  return true;
}

}  // namespace saddle
