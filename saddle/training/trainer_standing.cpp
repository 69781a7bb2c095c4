// Implements the trainer's looks at where it stands, by a critic that takes no part in the game.
#include "saddle/training/trainer_state.h"

namespace saddle {

/// The same held-out rows for every look, so that looks differ by G alone; a density gives fresh ones instead.
void Trainer::State::draw_standing_rows() {
  if (game.standing == nullptr || game.standing->count() == 0) return;
  const StandingBudget budget = standing_budget(game.standing->shape().size() == 3);
  const int64_t steers = game.standing->count(), fitted = std::min(budget.fitted, steers / 2),
                judged = std::min(budget.judged, steers - fitted);
  const Tensor rows = game.standing->sample(fitted + judged).x;  // of one epoch: no row twice
  fitting_rows = rows.slice(0, 0, fitted);
  steering_rows = rows.slice(0, fitted);
  reporting_rows = game.report->sample(std::min(budget.judged, game.report->count())).x;
}

std::pair<Standing, StandingReport> Trainer::State::standing_now() {
  const StandingBudget budget = standing_budget(game.standing->shape().size() == 3);
  const auto seed = options.seed;
  Rng rng = make_rng(seed, "standing " + std::to_string(samples));
  const auto beside = [&](const Tensor& kept, Sampler& from, int64_t rows) -> StandingRows {
    if (standing_rows > 0) rows = std::min(rows, standing_rows);
    const Tensor real = kept.defined() ? kept.slice(0, 0, rows) : from.sample(rows).x;
    const Tensor fake = generate(shown_generator(), options.latent_dim, real.size(0), rng, device);
    if (!witness) return {real, fake};
    return {{real, witness->logits(real)}, {fake, witness->logits(fake)}};
  };
  const StandingRows fitting = beside(fitting_rows, *game.standing, budget.fitted),
                     steering = beside(steering_rows, *game.standing, budget.judged),
                     reporting = beside(reporting_rows, *game.report, budget.judged);
  auto [look, report] = measure_standing(fitting, steering, reporting, seed);
  look.samples = samples;
  return {look, report};
}

/// What a game that is lost from its first step is compared with.
void Trainer::State::look_at_untrained() {
  if (game.standing != nullptr) watch.begin(standing_now().first);
}

/// Returns whether G stands best at this moment.
bool Trainer::State::look_at_standing() {
  if (game.standing == nullptr) return false;
  const auto [look, report] = standing_now();
  vitals.standing = look;
  jsd_estimate = report.js;
  jsd_at_least = report.certified_lower;
  record_estimate("standing/jsd", report.js, report.standard_error);
  record("standing/jsd_certified", report.certified_lower);
  if (look.saturated()) record_estimate("standing/jsd_blurred", report.blurred, report.blurred_error);
  return search.take(look);
}

bool Trainer::State::wants_to_stop(const Schedule& schedule) {
  const std::string found =
      stop_rule.look(samples, options.patience > 0 ? options.patience : schedule.samples / 4, search, gap);
  if (options.stop != "auto" || samples >= schedule.samples) return false;
  reason = found;
  return !reason.empty();
}

}  // namespace saddle
