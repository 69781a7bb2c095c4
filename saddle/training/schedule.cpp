// Implements the schedule of a run.
#include "saddle/training/schedule.h"

namespace saddle {

Schedule make_schedule(const TrainOptions& options, int64_t samples, int64_t evaluation_samples,
                       int64_t critic_samples) {
  Schedule schedule;
  schedule.samples = samples;
  // A step passes each sample through D and G about six times forward and back; an evaluation about once.
  const int64_t affordable = 10 * evaluation_samples / 6;
  schedule.evaluate_every = options.evaluate_every > 0
                                ? options.evaluate_every
                                : std::max({samples / 40, std::min(affordable, samples / 4), options.batch_size});
  schedule.record_every = std::max(schedule.evaluate_every / 10, options.batch_size);
  schedule.checkpoint_every =
      options.checkpoint_every > 0 ? options.checkpoint_every : std::max(samples / 10, options.batch_size);
  const int64_t rare = std::max<int64_t>(1, samples / 4 / schedule.evaluate_every);
  const int64_t cheap = 1 + 25 * critic_samples / schedule.evaluate_every;
  schedule.critic_every = schedule.evaluate_every * std::min(rare, cheap);
  const int64_t tenth = std::max<int64_t>(1, samples / 10 / schedule.evaluate_every) * schedule.evaluate_every;
  schedule.metrics_every = options.metrics_every > 0 ? options.metrics_every : tenth;
  return schedule;
}

Pace pace_at(const TrainOptions& options, double done) {
  constexpr double kNoisyShare = 0.8;
  Pace pace;
  pace.rate = std::pow(options.rate_end, done);
  if (options.rate_decay > 0) pace.rate *= std::clamp((1 - done) / options.rate_decay, 0.0, 1.0);
  pace.penalty = std::pow(options.penalty_end, done);
  const bool stays = options.noise_end >= options.noise;
  if (stays)
    pace.noise = options.noise;
  else if (done < kNoisyShare)
    pace.noise = options.noise * std::pow(options.noise_end / options.noise, done / kNoisyShare);
  return pace;
}

Pace pace_at(const TrainOptions& options, const Schedule& schedule, int64_t seen) {
  const double done = schedule.samples > 0 ? static_cast<double>(seen) / static_cast<double>(schedule.samples) : 0;
  return pace_at(options, std::clamp(done, 0.0, 1.0));
}

}  // namespace saddle
