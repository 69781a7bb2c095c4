// When things happen in a run, all in samples seen.
#pragma once
#include <cstdint>

#include "saddle/training/options.h"

namespace saddle {

/// When things happen in a run, in samples seen; resolved once and kept, so that resuming cannot move the grid.
struct Schedule {
  int64_t samples = 0;         // planned total
  int64_t record_every = 0;    // losses and D's gradient norm
  int64_t evaluate_every = 0;  // V on select and train, G's gradient norms, the sample grid
  int64_t checkpoint_every = 0;
};

/// Resolves the options' zeros for a run of `samples`.
///
/// By default a run is evaluated 40 times, or less often where evaluations on `evaluation_samples` real and fake
/// samples together would take more than about a tenth of the time.
Schedule make_schedule(const TrainOptions& options, int64_t samples, int64_t evaluation_samples);

/// The factor on both step sizes at `seen`: 1, falling linearly to 0 over the last `rate_decay` of the run.
double rate_factor(const Schedule& schedule, double rate_decay, int64_t seen);

}  // namespace saddle
