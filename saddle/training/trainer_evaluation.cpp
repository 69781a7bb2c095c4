// Implements what a trainer records and measures on the way.
#include "saddle/training/evaluation.h"
#include "saddle/training/trainer_state.h"

namespace saddle {
namespace {

/// D's loss on as many real as fake samples, which a game may pair.
double game_loss(const Objective& objective, const Tensor& real_logits, const Tensor& fake_logits) {
  const int64_t n = std::min(real_logits.size(0), fake_logits.size(0));
  return objective
      .discriminator_loss(real_logits.narrow(0, 0, n).to(at::kDouble), fake_logits.narrow(0, 0, n).to(at::kDouble))
      .item<double>();
}

}  // namespace

void Trainer::State::record(const std::string& name, double number, Interval interval) const {
  Record record;
  record.name = name;
  record.samples = samples;
  record.value = number;
  record.lower = interval.lower;
  record.upper = interval.upper;
  game.sink->write(record);
}

void Trainer::State::record_estimate(const std::string& name, double number, double standard_error) const {
  Record record;
  record.name = name;
  record.samples = samples;
  record.value = number;
  record.standard_error = standard_error;
  game.sink->write(record);
}

void Trainer::State::record_losses() const {
  record("discriminator/loss", discriminator_loss);
  record("generator/loss", generator_loss);
  record("discriminator/gradient_norm", gradient_norm(*game.discriminator));
}

void Trainer::State::evaluate() {
  const auto [real_count, fake_count] = evaluation_counts(game.select->count());
  Rng rng = make_rng(options.seed, "evaluation " + std::to_string(samples));
  const KeepBuffers no_trace({game.generator.get(), game.discriminator.get()});
  vitals.discriminator_loss = discriminator_loss;
  record_generator_gradients(rng);
  settle_moments(*game.discriminator, [&] {
    const int64_t half = options.batch_size / 2;
    const Tensor fake = generate(*game.generator, options.latent_dim, half, rng, device);
    return at::cat({game.probe->sample(half).x, fake}).to(device);
  });
  const auto logits = [&](int64_t n, const std::function<Tensor(int64_t)>& draw) {
    return logits_of(*game.discriminator, n, draw, device);
  };
  const Tensor fakes =
      logits(fake_count, [&](int64_t n) { return generate(*game.generator, options.latent_dim, n, rng, device); });
  const Tensor held_out = logits(real_count, [&](int64_t n) { return game.select->sample(n).x; });
  const Tensor trained = logits(real_count, [&](int64_t n) { return game.probe->sample(n).x; });
  if (game.objective->logits_are_log_odds) {
    record_value(held_out, trained, fakes);
    // what follows failures and stops the run sees none of the rows that V is reported on
    const Tensor steering =
        logits(evaluation_counts(game.look->count()).real, [&](int64_t n) { return game.look->sample(n).x; });
    gap = overfitting_gap(trained, steering);
    vitals.real_correct = (steering > 0).to(at::kDouble).mean().item<double>();
    vitals.fake_correct = (fakes < 0).to(at::kDouble).mean().item<double>();
  } else {
    record("discriminator/overfitting",
           game_loss(*game.objective, held_out, fakes) - game_loss(*game.objective, trained, fakes));
  }
}

void Trainer::State::record_value(const Tensor& held_out, const Tensor& trained, const Tensor& fakes) {
  const ValueEstimate select = estimate_value(held_out, fakes, kConfidence);
  const ValueEstimate train = estimate_value(trained, fakes, kConfidence);
  value = select.value.estimate;
  if (game.standing == nullptr) jsd_at_least = select.jsd_at_least;
  record("select/value", value, select.value);
  record("select/jsd_at_least", select.jsd_at_least);
  record("train/value", train.value.estimate, train.value);
  record("discriminator/overfitting", train.value.estimate - select.value.estimate);
  vitals.train_value = train.value.estimate;
  record("select/real_correct", select.real_correct);
  record("select/fake_correct", select.fake_correct);
}

/// The norms of G's gradients under both of the article's losses, at the same weights and latents.
void Trainer::State::record_generator_gradients(Rng& rng) {
  const Tensor z = randn({options.batch_size, options.latent_dim}, rng, device);
  game.discriminator->set_requires_grad(false);
  for (const char* name : {"minimax", "non_saturating"}) {
    generator_adam.zero_grad();
    const Tensor logits = game.discriminator->forward(game.generator->forward(z));
    find_objective(name).generator_loss({}, logits).backward();
    const double norm = gradient_norm(*game.generator);
    (std::string(name) == "minimax" ? vitals.minimax_gradient : vitals.non_saturating_gradient) = norm;
    record(std::string("generator/gradient_norm/") + name, norm);
  }
  generator_adam.zero_grad();
  game.discriminator->set_requires_grad(true);
}

void Trainer::State::draw_grid(const TrainHooks& hooks) {
  if (!hooks.draw) return;
  const at::NoGradGuard no_grad;
  Network& generator = shown_generator();
  generator.set_training(false);
  Record record;
  record.name = "samples/grid";
  record.samples = samples;
  record.picture = hooks.draw(generator.forward(grid_latents.to(device)).to(at::kCPU));
  generator.set_training(true);
  game.sink->write(record);
}

Tensor generate(Network& generator, int64_t latent_dim, int64_t n, Rng& rng, Device device) {
  constexpr int64_t kBatch = 256;
  const at::NoGradGuard no_grad;
  const bool training = generator.training();
  generator.set_training(false);
  std::vector<Tensor> parts;
  for (int64_t i = 0; i < n; i += kBatch)
    parts.push_back(generator.forward(randn({std::min(kBatch, n - i), latent_dim}, rng, device)).to(at::kCPU));
  generator.set_training(training);
  return at::cat(parts);
}

EvaluationCounts evaluation_counts(int64_t held_out_count) {
  constexpr int64_t kFreshReal = 1000, kMostFake = 10000;
  const int64_t real = held_out_count > 0 ? held_out_count : kFreshReal;
  return {real, std::max(real, std::min(10 * real, kMostFake))};
}

}  // namespace saddle
