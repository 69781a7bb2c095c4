// Implements the lab's game: the trainer's hooks, and what is computed at each of its evaluations.
#include "saddle/lab/game.h"

#include "saddle/run/checkpoint.h"

namespace saddle {
namespace {

constexpr int64_t kSnapshots = 12;  // whose densities are kept for the report

}  // namespace

LabGame::LabGame(const std::shared_ptr<const Distribution>& target, const LabOptions& options, Sink& sink)
    : options_(options), sink_(sink), target_(make_target(target)), game_(target, options.train, sink),
      first_(game_.weights()), previous_(first_) {
  pictures_.objective = options.train.objective;
}

void LabGame::restore(const Checkpoint& checkpoint) {
  turns_ = checkpoint.number("lab.turns");
  pictures_ = lab_pictures(checkpoint.fact("lab.pictures"));
  game_.trainer().restore(checkpoint);
  observed_ = game_.trainer().samples();
  previous_ = game_.weights();
}

Outcome LabGame::play(const Schedule& schedule, const TrainHooks& hooks, const PictureSink& picture) {
  TrainHooks ours = hooks;
  ours.save = [&](Checkpoint checkpoint) {
    count_turn(schedule, picture);
    checkpoint.facts["lab.turns"] = std::to_string(turns_);
    checkpoint.facts["lab.pictures"] = pictures_json();
    if (hooks.save) hooks.save(checkpoint);
  };
  ours.progress = [&](const Progress& progress) {
    count_turn(schedule, picture);
    const bool wanted = !hooks.progress || hooks.progress(progress);
    return wanted && turns_ != options_.turns;
  };
  ours.went_back = [&](const std::string& text) {
    observed_ = game_.trainer().samples();
    previous_ = game_.weights();
    if (hooks.went_back) hooks.went_back(text);
  };
  const bool whole = options_.turns > 0 && turns_ >= options_.turns;
  Outcome outcome = whole ? Outcome::finished : game_.trainer().run(schedule, ours);
  if (outcome == Outcome::stopped && turns_ == options_.turns) outcome = Outcome::finished;
  if (outcome == Outcome::finished)
    pictures_.ranking = ranking_picture(target_, game_.path_from(first_), options_.push);
  return outcome;
}

/// Takes a turn of G into account, once: what the trainer saves may come before or after its report of progress.
void LabGame::count_turn(const Schedule& schedule, const PictureSink& picture) {
  const int64_t samples = game_.trainer().samples(), every = std::max<int64_t>(1, schedule.evaluate_every);
  if (observed_ == samples) return;
  ++turns_;
  if (observed_ / every != samples / every || samples >= schedule.samples || turns_ == options_.turns)
    observe(schedule, picture);
  observed_ = samples;
  previous_ = game_.weights();
}

void LabGame::observe(const Schedule& schedule, const PictureSink& picture) {
  const GeneratorFunction g = game_.generator_function();
  const PointFunction d = game_.discriminator_function();
  const Comparison now = compare(target_, g, options_.push),
                   before = compare(target_, game_.generator_function(previous_), options_.push);
  SnapshotNumbers numbers = game_.numbers(now, d(now.points));
  numbers.value_before = before.value(d(before.points));
  numbers.write(sink_);
  const int64_t samples = numbers.samples;
  if (options_.draws > 0) {
    const CriticFit fit = fit_to_draws(game_.density(), g, options_.draws, options_.train.seed, samples);
    sink_.write(
        {.name = "lab/js_estimated", .samples = samples, .value = fit.js, .standard_error = fit.js_standard_error});
    sink_.write({.name = "lab/js_certified", .samples = samples, .value = fit.js_certified_lower});
  }
  auto& kept = pictures_.snapshots;
  const int64_t every = std::max<int64_t>(1, schedule.samples / kSnapshots);
  const bool last = samples >= schedule.samples;
  if (kept.empty() || last || samples / every != kept.back().samples / every) {
    kept.push_back(density_snapshot(target_, now, d, samples));
    if (picture && game_.density().dim() == 2)
      picture("lab-" + snapshot_name(samples), draw_plane(target_, *now.pushed, d));
  }
  if (pictures_.step.multiples.empty() && (last || 4 * samples >= schedule.samples)) {
    pictures_.step = step_picture(target_, d, game_.path_from(previous_), options_.push);
    pictures_.step.samples = samples;
  }
}

}  // namespace saddle
