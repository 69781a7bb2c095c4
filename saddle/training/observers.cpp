// Implements what is measured and recorded at an evaluation.
#include "saddle/training/observers.h"

#include "saddle/run/class_rows.h"
#include "saddle/training/evaluation.h"

namespace saddle {
namespace {

/// D's loss on as many real as fake samples, which a game may pair.
double game_loss(const Objective& objective, const Tensor& real_logits, const Tensor& fake_logits) {
  const int64_t n = std::min(real_logits.size(0), fake_logits.size(0));
  return objective
      .discriminator_loss(real_logits.narrow(0, 0, n).to(at::kDouble), fake_logits.narrow(0, 0, n).to(at::kDouble))
      .item<double>();
}

/// Before the first evaluation, which may be minutes away, at 1, 2, 4 and 8 tenths of the way to it.
bool is_early_grid(const Observation& now) {
  const int64_t tenth = now.after / now.schedule.record_every;
  return now.after < now.schedule.evaluate_every && now.due(now.schedule.record_every) &&
         (tenth == 1 || tenth == 2 || tenth == 4 || tenth == 8);
}

}  // namespace

void ValueObserver::observe(Observation& now) {
  if (!now.evaluated()) return;
  const TrainOptions& options = state_.options;
  const Game& game = state_.game;
  EvaluationSummary& summary = state_.summary;
  const auto [real_count, fake_count] = evaluation_counts(game.reporting->count());
  Rng rng = make_rng(options.seed, "evaluation " + std::to_string(state_.samples));
  const KeepBuffers no_trace({game.generator.get(), game.discriminator.get()});
  summary.discriminator_loss = state_.discriminator_loss;
  record_generator_gradients(rng);
  const auto seen = [&](const Batch& x) -> Batch { return {state_.augmentation.draw(x.x, rng)(x.x), x.labels}; };
  const auto fakes_of = [&](int64_t n) { return seen(state_.draw_fakes(*game.generator, n, rng)); };
  const auto reals_of = [&](Sampler& from) { return [&](int64_t n) { return seen(state_.draw_real(from, n)); }; };
  settle_moments(*game.discriminator, [&]() -> Batch {
    const int64_t half = options.batch_size / 2;
    const Batch fake = fakes_of(half), real = reals_of(*game.train_again)(half);
    const Tensor labels = fake.labels.defined() ? at::cat({real.labels, fake.labels}) : Tensor();
    return {at::cat({real.x, fake.x.to(state_.device)}), labels};
  });
  const auto logits = [&](int64_t n, const std::function<Batch(int64_t)>& draw) {
    return logits_of(*game.discriminator, n, draw, state_.device);
  };
  const Tensor fakes = logits(fake_count, fakes_of);
  const Tensor held_out = logits(real_count, reals_of(*game.reporting));
  const Tensor trained = logits(real_count, reals_of(*game.train_again));
  if (game.objective->logits_are_log_odds) {
    record_value(held_out, trained, fakes);
    // what follows failures and stops the run sees none of the rows that V is reported on
    const Tensor steering = logits(evaluation_counts(game.steering->count()).real, reals_of(*game.steering));
    state_.gap = overfitting_gap(trained, steering);
    summary.real_correct = (steering > 0).to(at::kDouble).mean().item<double>();
    summary.fake_correct = (fakes < 0).to(at::kDouble).mean().item<double>();
  } else {
    state_.record("discriminator/overfitting",
                  game_loss(*game.objective, held_out, fakes) - game_loss(*game.objective, trained, fakes));
  }
}

void ValueObserver::record_value(const Tensor& held_out, const Tensor& trained, const Tensor& fakes) {
  const ValueEstimate select = estimate_value(held_out, fakes, kConfidence);
  const ValueEstimate train = estimate_value(trained, fakes, kConfidence);
  state_.value = select.value.estimate;
  if (state_.game.critic_steering == nullptr) state_.jsd_at_least = select.jsd_at_least;
  state_.record("select/value", state_.value, select.value);
  state_.record("select/jsd_at_least", select.jsd_at_least);
  state_.record("train/value", train.value.estimate, train.value);
  state_.record("discriminator/overfitting", train.value.estimate - select.value.estimate);
  state_.summary.train_value = train.value.estimate;
  state_.record("select/real_correct", select.real_correct);
  state_.record("select/fake_correct", select.fake_correct);
}

/// The norms of G's gradients under both of the article's losses, at the same weights and latents.
void ValueObserver::record_generator_gradients(Rng& rng) {
  Network& g = generator_.network();
  Network& d = *state_.game.discriminator;
  const Tensor z = randn({state_.options.batch_size, state_.options.latent_dim}, rng, state_.device);
  const Tensor labels = state_.draw_labels(z.size(0), rng);
  d.set_requires_grad(false);
  const Tensor fake = g.forward(z, labels);
  const Tensor logits = d.forward(state_.augmentation.draw(fake, rng)(fake), labels);
  for (const char* name : {"minimax", "non_saturating"}) {
    generator_.adam().zero_grad();
    find_objective(name).generator_loss({}, logits).backward({}, /*retain_graph=*/true);
    const double norm = gradient_norm(g);
    (std::string(name) == "minimax" ? state_.summary.minimax_gradient : state_.summary.non_saturating_gradient) = norm;
    state_.record(std::string("generator/gradient_norm/") + name, norm);
  }
  generator_.adam().zero_grad();
  d.set_requires_grad(true);
}

GridObserver::GridObserver(GameState& state) : state_(state) {
  int64_t samples = 64;
  if (const Tensor& shares = state.game.label_shares; shares.defined()) {
    const Tensor is_there = shares.gt(0).to(at::kLong);
    const int64_t* counts = is_there.const_data_ptr<int64_t>();
    const std::vector<int64_t> rows = class_rows({counts, counts + is_there.numel()});
    labels_ = at::tensor(at::ArrayRef<int64_t>(rows)).repeat_interleave(kGridColumns).to(state.device);
    samples = labels_.size(0);
  }
  Rng rng = make_rng(state.options.seed, "grid");
  latents_ = randn({samples, state.options.latent_dim}, rng);
}

void GridObserver::begin(const TrainHooks& hooks) {
  if (!hooks.draw) return;
  const at::NoGradGuard no_grad;
  Network& generator = state_.shown_generator();
  generator.set_training(false);
  Record record;
  record.name = "samples/grid";
  record.samples = state_.samples;
  record.picture = hooks.draw(generator.forward(latents_.to(state_.device), labels_).to(at::kCPU));
  generator.set_training(true);
  state_.game.sink->write(record);
}

void GridObserver::observe(Observation& now) {
  if (now.evaluated() || is_early_grid(now)) begin(now.hooks);
}

void LossObserver::observe(Observation& now) {
  if (!now.due(now.schedule.record_every)) return;
  state_.record("discriminator/loss", state_.discriminator_loss);
  state_.record("generator/loss", state_.generator_loss);
  state_.record("discriminator/gradient_norm", gradient_norm(*state_.game.discriminator));
}

}  // namespace saddle
