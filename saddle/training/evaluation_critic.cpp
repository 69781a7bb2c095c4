// Implements what the evaluation critic measures along a run.
#include "saddle/training/evaluation_critic.h"

#include "saddle/base/error.h"
#include "saddle/io/safetensors.h"

namespace saddle {
namespace {

/// What the process that leads has, in all.
std::vector<EvaluationRows> shared(Group& group, const std::vector<EvaluationRows>& own) {
  TensorMap all;
  for (size_t i = 0; i < own.size(); ++i)
    for (const auto& [name, side] : {std::pair("real", &own[i].real), std::pair("fake", &own[i].fake)}) {
      const std::string key = std::to_string(i) + "." + name;
      all[key] = side->x.contiguous();
      if (side->known.defined()) all[key + ".known"] = side->known.contiguous();
    }
  const TensorMap same = decode_safetensors(group.broadcast(group.leads() ? encode_safetensors(all) : ""), "rank 0");
  std::vector<EvaluationRows> rows;
  for (size_t i = 0; same.count(std::to_string(i) + ".real") != 0; ++i) {
    const auto side = [&](const char* name) -> CriticRows {
      const std::string key = std::to_string(i) + "." + name;
      return {same.at(key), same.count(key + ".known") != 0 ? same.at(key + ".known") : Tensor()};
    };
    rows.push_back({side("real"), side("fake")});
  }
  return rows;
}

}  // namespace

EvaluationCritic::EvaluationCritic(GameState& state)
    : state_(state), independent_critic_latents_(make_rng(state.options.seed, "witness")) {
  const Game& game = state.game;
  if (game.independent_critic)
    independent_critic_ =
        std::make_unique<IndependentCritic>(*game.independent_critic, state.options.seed, state.device);
  if (game.critic_steering == nullptr || game.critic_steering->count() == 0) return;
  const EvaluationBudget budget = evaluation_budget(game.critic_steering->shape().size() == 3);
  const int64_t steers = game.critic_steering->count(), fitted = std::min(budget.fitted, steers / 2),
                judged = std::min(budget.judged, steers - fitted);
  const Tensor rows = game.critic_steering->sample(fitted + judged).x;  // of one epoch: no row twice
  fitting_rows_ = rows.slice(0, 0, fitted);
  steering_rows_ = rows.slice(0, fitted);
  reporting_rows_ = game.critic_reporting->sample(std::min(budget.judged, game.critic_reporting->count())).x;
}

Tensor EvaluationCritic::as_critics_see(const Tensor& x) const {
  return state_.game.critic_rows ? state_.game.critic_rows(x) : x;
}

std::pair<EvaluationDivergence, ReportedDivergence> EvaluationCritic::measure() {
  const Game& game = state_.game;
  const EvaluationBudget budget = evaluation_budget(game.critic_steering->shape().size() == 3);
  const auto seed = state_.options.seed;
  Rng rng = make_rng(seed, "standing " + std::to_string(state_.samples));
  const auto beside = [&](const Tensor& kept, Sampler& from, int64_t rows) -> EvaluationRows {
    if (most_rows_ > 0) rows = std::min(rows, most_rows_);
    const Tensor real = kept.defined() ? kept.slice(0, 0, rows) : from.sample(rows).x;
    const Tensor fake = state_.draw_fakes(state_.shown_generator(), real.size(0), rng).x;
    if (!independent_critic_) return {as_critics_see(real), as_critics_see(fake)};
    return {{real, independent_critic_->logits(real)}, {fake, independent_critic_->logits(fake)}};
  };
  const EvaluationRows fitting = beside(fitting_rows_, *game.critic_steering, budget.fitted),
                       steering = beside(steering_rows_, *game.critic_steering, budget.judged),
                       reporting = beside(reporting_rows_, *game.critic_reporting, budget.judged);
  Group& group = state_.shards.group();
  if (group.size() > 1) {
    state_.ask_others();
    shared(group, {fitting, steering, reporting});
  }
  auto [divergence, report] = measure_evaluation_divergence(fitting, steering, reporting, seed, &group);
  divergence.samples = state_.samples;
  return {divergence, report};
}

void EvaluationCritic::help() {
  Group& group = state_.shards.group();
  const std::vector<EvaluationRows> rows = shared(group, {});
  measure_evaluation_divergence(rows[0], rows[1], rows[2], state_.options.seed, &group);
}

/// What a game that is lost from its first step is compared with.
void EvaluationCritic::begin(const TrainHooks&) {
  if (state_.game.critic_steering != nullptr) state_.untrained = measure().first;
}

void EvaluationCritic::after_discriminator_step() {
  constexpr int64_t kEvery = 6, kMostRows = 128;  // steps of D, and rows: some thirtieth of the run's time
  const int64_t batch = state_.options.batch_size;
  if (!independent_critic_ || state_.samples / batch % kEvery != 0) return;
  const int64_t rows = std::min(batch, kMostRows);
  independent_critic_->step(state_.game.critic_train->sample(rows).x,
                            state_.draw_fakes(state_.shown_generator(), rows, independent_critic_latents_).x);
}

void EvaluationCritic::observe(Observation& now) {
  const bool evaluated = now.evaluated(), exists = state_.game.critic_steering != nullptr;
  const bool measured = exists && now.due(now.schedule.critic_every);
  if (measured && take_measurement() && state_.options.best_by == "jsd") now.keep_best();
  state_.summary.measured = measured || !exists;
  now.last |= evaluated && wants_to_stop(now.schedule);
}

/// Returns whether G stands best at this moment.
bool EvaluationCritic::take_measurement() {
  const auto [divergence, report] = measure();
  state_.summary.divergence = divergence;
  state_.jsd_estimate = report.js;
  state_.jsd_at_least = report.certified_lower;
  state_.record_estimate("standing/jsd", report.js, report.standard_error);
  state_.record("standing/jsd_certified", report.certified_lower);
  if (divergence.saturated()) state_.record_estimate("standing/jsd_blurred", report.blurred, report.blurred_error);
  for (const NoiseRung& rung : report.noise) {
    char name[40];
    std::snprintf(name, sizeof name, "standing/jsd_noise/%g", rung.sigma);
    state_.record_estimate(name, rung.js, rung.standard_error);
  }
  return search_.take(divergence);
}

bool EvaluationCritic::wants_to_stop(const Schedule& schedule) {
  const int64_t patience = state_.options.patience > 0 ? state_.options.patience : schedule.samples / 4;
  const std::string found = stop_rule_.take(state_.samples, patience, search_, state_.gap);
  if (state_.options.stop != "auto" || state_.samples >= schedule.samples) return false;
  state_.reason = found;
  return !state_.reason.empty();
}

void EvaluationCritic::save(Checkpoint& checkpoint) const {
  checkpoint.tensors["standing"] = search_.state();
  checkpoint.facts["open_gaps"] = std::to_string(stop_rule_.open_gaps());
  if (!independent_critic_) return;
  checkpoint.tensors.merge(independent_critic_->state("witness."));
  checkpoint.tensors["rng.witness"] = rng_state(independent_critic_latents_);
}

void EvaluationCritic::restore(const Checkpoint& checkpoint) {
  search_.set_state(checkpoint.tensor("standing", at::kDouble, search_.state().sizes()));
  state_.summary.divergence = search_.last();
  stop_rule_.set_open_gaps(checkpoint.number("open_gaps"));
  if (!independent_critic_) return;
  if (checkpoint.tensors.count("witness.steps") == 0)
    throw Error(
        "resume: expected the independent critic's tensors in the checkpoint, got none (it is of an earlier version)");
  independent_critic_->set_state(checkpoint.tensors, "witness.");
  set_rng_state(independent_critic_latents_, checkpoint.tensor("rng.witness", at::kByte, {-1}));
}

}  // namespace saddle
