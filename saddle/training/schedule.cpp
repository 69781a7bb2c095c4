// Implements the schedule of a run.
#include "saddle/training/schedule.h"

namespace saddle {

Schedule make_schedule(const TrainOptions& options, int64_t samples, int64_t evaluation_samples) {
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
  return schedule;
}

double rate_factor(const Schedule& schedule, double rate_decay, int64_t seen) {
  if (rate_decay <= 0 || schedule.samples <= 0) return 1;
  const double left = static_cast<double>(schedule.samples - seen) / static_cast<double>(schedule.samples);
  return std::clamp(left / rate_decay, 0.0, 1.0);
}

}  // namespace saddle
