// Implements the steps of D and of G.
#include <cmath>

#include "saddle/training/ema.h"
#include "saddle/training/evaluation.h"
#include "saddle/training/trainer_state.h"

namespace saddle {

bool Trainer::State::fail(const std::string& tensor, const std::string& term) {
  failure = tensor + " is not finite (from " + term + ") at step " + std::to_string(generator_steps + 1) + ", after " +
            std::to_string(samples) + " samples";
  return false;
}

Tensor Trainer::State::show(const Tensor& x) {
  Tensor shown = regularization.shown(x);
  if (noise <= 0) return shown;
  const Tensor draws = noise * randn(x.sizes(), noise_draws, device);
  return game.scale.defined() ? at::addcmul(shown, draws, game.scale.to(device)) : shown + draws;
}

Tensor Trainer::State::shown_real() { return show(game.train->sample(options.batch_size).x.to(device)); }

bool Trainer::State::discriminator_step() {
  const Tensor real = shown_real();
  Tensor fake;
  {
    const at::NoGradGuard no_grad;
    fake = show(game.generator->forward(draw_latents(options.batch_size)));
  }
  discriminator_adam.zero_grad();
  const Tensor shown_logits = game.discriminator->forward(real);
  Tensor loss = game.objective->discriminator_loss(shown_logits, game.discriminator->forward(fake));
  real_logits = shown_logits.detach();
  discriminator_loss = loss.item<double>();
  if (!std::isfinite(discriminator_loss)) return fail("discriminator/loss", "D's loss");
  const Tensor penalty = regularization.penalty(*game.discriminator, real, fake, shown_logits);
  if (penalty.defined()) {
    if (!std::isfinite(penalty.item<double>())) return fail("discriminator/penalty", "D's penalties");
    loss = loss + penalty;
  }
  loss.backward();
  const std::string bad = first_non_finite_gradient(*game.discriminator);
  if (!bad.empty()) return fail("the gradient of discriminator." + bad, "D's loss");
  discriminator_adam.step();
  regularization.end_step(*game.discriminator);
  samples += options.batch_size;
  witness_step();
  return true;
}

void Trainer::State::witness_step() {
  constexpr int64_t kEvery = 6, kMostRows = 128;  // steps of D, and rows: some thirtieth of the run's time
  if (!witness || samples / options.batch_size % kEvery != 0) return;
  const int64_t rows = std::min(options.batch_size, kMostRows);
  witness->step(game.watched->sample(rows).x,
                generate(shown_generator(), options.latent_dim, rows, witness_latents, device));
}

bool Trainer::State::generator_step() {
  game.discriminator->set_requires_grad(false);
  generator_adam.zero_grad();
  const Tensor z = draw_latents(options.batch_size);
  const Tensor fake = game.generator->forward(z), shown = show(fake);
  const Tensor logits = game.discriminator->forward(shown);
  Tensor beside;  // real logits, for losses that compare pairs
  if (game.objective->generator_needs_real) beside = game.discriminator->forward(shown_real());
  const Tensor loss = game.objective->generator_loss(beside, logits);
  generator_loss = loss.item<double>();
  if (std::isfinite(generator_loss)) loss.backward();
  game.discriminator->set_requires_grad(true);
  if (!std::isfinite(generator_loss)) return fail("generator/loss", "G's loss");
  const std::string bad = first_non_finite_gradient(*game.generator);
  if (!bad.empty()) return fail("the gradient of generator." + bad, "G's loss");
  if (options.generator_step == "trusted")
    trusted_step(z, (shown - fake).detach(), logits.detach());
  else
    generator_adam.step();
  ++generator_steps;
  return true;
}

bool Trainer::State::generator_turn() {
  bool measure = passed(samples_at_turn, samples, staleness_samples);
  for (int64_t k = 0; k < options.generator_steps; ++k, measure = false) {
    measure |= passed(generator_steps, generator_steps + 1, options.staleness_every);
    if (!(measure ? measured_generator_step() : generator_step())) return false;
  }
  if (game.average)
    update_average(*game.average, *game.generator, samples - samples_at_turn, samples, options.ema_half_life);
  samples_at_turn = samples;
  return true;
}

}  // namespace saddle
