// Implements the trainer's looks at where it stands, by a critic that takes no part in the game.
#include "saddle/training/trainer_state.h"

namespace saddle {
namespace {

constexpr double kTwoSided95 = 1.959964;

Interval around(double estimate, double error) {
  const double log2 = std::log(2.0);
  return {estimate, std::max(0.0, estimate - kTwoSided95 * error), std::min(log2, estimate + kTwoSided95 * error)};
}

}  // namespace

/// The same held-out rows for every look, so that looks differ by G alone; a density gives fresh ones instead.
void Trainer::State::draw_standing_rows() {
  if (game.standing == nullptr || game.standing->count() == 0) return;
  const int64_t rows = standing_budget(game.standing->shape().size() == 3).rows;
  standing_rows = game.standing->sample(std::min(rows, game.standing->count())).x;
}

Standing Trainer::State::standing_now() {
  const int64_t rows = standing_budget(game.standing->shape().size() == 3).rows;
  const Tensor real = standing_rows.defined() ? standing_rows : game.standing->sample(rows).x;
  const auto seed = options.seed;
  Rng rng = make_rng(seed, "standing " + std::to_string(samples));
  const Tensor fake = generate(shown_generator(), options.latent_dim, real.size(0), rng, device);
  Standing look = measure_standing(real, fake, seed);
  look.samples = samples;
  return look;
}

/// What a game that is lost from its first step is compared with.
void Trainer::State::look_at_untrained() {
  if (game.standing != nullptr) watch.begin(standing_now());
}

/// Returns whether G stands best at this moment.
bool Trainer::State::look_at_standing() {
  if (game.standing == nullptr) return false;
  const Standing look = standing_now();
  vitals.standing = look;
  record("standing/jsd", look.js, around(look.js, look.standard_error));
  record("standing/jsd_certified", look.certified_lower);
  if (look.saturated()) record("standing/jsd_blurred", look.blurred, around(look.blurred, look.blurred_error));
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
