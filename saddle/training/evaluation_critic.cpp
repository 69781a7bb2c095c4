// Implements the looks at where a run stands.
#include "saddle/training/evaluation_critic.h"

#include "saddle/base/error.h"

namespace saddle {

EvaluationCritic::EvaluationCritic(GameState& state)
    : state_(state), witness_latents_(make_rng(state.options.seed, "witness")) {
  const Game& game = state.game;
  if (game.witness) witness_ = std::make_unique<Witness>(*game.witness, state.options.seed, state.device);
  if (game.standing == nullptr || game.standing->count() == 0) return;
  const StandingBudget budget = standing_budget(game.standing->shape().size() == 3);
  const int64_t steers = game.standing->count(), fitted = std::min(budget.fitted, steers / 2),
                judged = std::min(budget.judged, steers - fitted);
  const Tensor rows = game.standing->sample(fitted + judged).x;  // of one epoch: no row twice
  fitting_rows_ = rows.slice(0, 0, fitted);
  steering_rows_ = rows.slice(0, fitted);
  reporting_rows_ = game.report->sample(std::min(budget.judged, game.report->count())).x;
}

std::pair<Standing, StandingReport> EvaluationCritic::measure() {
  const Game& game = state_.game;
  const StandingBudget budget = standing_budget(game.standing->shape().size() == 3);
  const auto seed = state_.options.seed;
  Rng rng = make_rng(seed, "standing " + std::to_string(state_.samples));
  const auto beside = [&](const Tensor& kept, Sampler& from, int64_t rows) -> StandingRows {
    if (most_rows_ > 0) rows = std::min(rows, most_rows_);
    const Tensor real = kept.defined() ? kept.slice(0, 0, rows) : from.sample(rows).x;
    const Tensor fake = state_.draw_fakes(state_.shown_generator(), real.size(0), rng).x;
    if (!witness_) return {real, fake};
    return {{real, witness_->logits(real)}, {fake, witness_->logits(fake)}};
  };
  const StandingRows fitting = beside(fitting_rows_, *game.standing, budget.fitted),
                     steering = beside(steering_rows_, *game.standing, budget.judged),
                     reporting = beside(reporting_rows_, *game.report, budget.judged);
  auto [look, report] = measure_standing(fitting, steering, reporting, seed);
  look.samples = state_.samples;
  return {look, report};
}

/// What a game that is lost from its first step is compared with.
void EvaluationCritic::begin(const TrainHooks&) {
  if (state_.game.standing != nullptr) state_.untrained = measure().first;
}

void EvaluationCritic::after_discriminator_step() {
  constexpr int64_t kEvery = 6, kMostRows = 128;  // steps of D, and rows: some thirtieth of the run's time
  const int64_t batch = state_.options.batch_size;
  if (!witness_ || state_.samples / batch % kEvery != 0) return;
  const int64_t rows = std::min(batch, kMostRows);
  witness_->step(state_.game.watched->sample(rows).x,
                 state_.draw_fakes(state_.shown_generator(), rows, witness_latents_).x);
}

void EvaluationCritic::observe(Observation& now) {
  const bool evaluated = now.evaluated(), exists = state_.game.standing != nullptr;
  const bool looked = exists && now.due(now.schedule.standing_every);
  if (looked && look()) now.keep_best();
  state_.vitals.looked = looked || !exists;
  now.last |= evaluated && wants_to_stop(now.schedule);
}

/// Returns whether G stands best at this moment.
bool EvaluationCritic::look() {
  const auto [look, report] = measure();
  state_.vitals.standing = look;
  state_.jsd_estimate = report.js;
  state_.jsd_at_least = report.certified_lower;
  state_.record_estimate("standing/jsd", report.js, report.standard_error);
  state_.record("standing/jsd_certified", report.certified_lower);
  if (look.saturated()) state_.record_estimate("standing/jsd_blurred", report.blurred, report.blurred_error);
  return search_.take(look);
}

bool EvaluationCritic::wants_to_stop(const Schedule& schedule) {
  const int64_t patience = state_.options.patience > 0 ? state_.options.patience : schedule.samples / 4;
  const std::string found = stop_rule_.look(state_.samples, patience, search_, state_.gap);
  if (state_.options.stop != "auto" || state_.samples >= schedule.samples) return false;
  state_.reason = found;
  return !state_.reason.empty();
}

void EvaluationCritic::save(Checkpoint& checkpoint) const {
  checkpoint.tensors["standing"] = search_.state();
  checkpoint.facts["open_gaps"] = std::to_string(stop_rule_.open_gaps());
  if (!witness_) return;
  checkpoint.tensors.merge(witness_->state("witness."));
  checkpoint.tensors["rng.witness"] = rng_state(witness_latents_);
}

void EvaluationCritic::restore(const Checkpoint& checkpoint) {
  search_.set_state(checkpoint.tensor("standing", at::kDouble, search_.state().sizes()));
  state_.vitals.standing = search_.last();
  stop_rule_.set_open_gaps(checkpoint.number("open_gaps"));
  if (!witness_) return;
  if (checkpoint.tensors.count("witness.steps") == 0)
    throw Error("resume: expected the witness's tensors in the checkpoint, got none (it is of an earlier version)");
  witness_->set_state(checkpoint.tensors, "witness.");
  set_rng_state(witness_latents_, checkpoint.tensor("rng.witness", at::kByte, {-1}));
}

}  // namespace saddle
