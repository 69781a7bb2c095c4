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
  int64_t critic_every = 0;   // the evaluation critic, at every so many evaluations; 0: at the end alone
  int64_t critic_rows = 0;    // of either side that the evaluation critic is fitted on, at most; 0: evaluation_budget's
  int64_t metrics_every = 0;  // metrics of features; 0: at the end alone
};

/// Resolves the options' zeros for a run of `samples`.
///
/// By default a run is evaluated 40 times, or less often where evaluations on `evaluation_samples` real and fake
/// samples together would take more than about a tenth of the time. The evaluation critic, which costs as much as
/// `critic_samples` of training, measures at each of them, or at every so many where that would take more than about a
/// twenty-fifth of the time, but four times at least. Metrics, whose cost depends on the features, are computed at
/// every tenth of the run, at evaluations.
Schedule make_schedule(const TrainOptions& options, int64_t samples, int64_t evaluation_samples,
                       int64_t critic_samples = 0);

/// What changes along a run.
struct Pace {
  double rate = 1;     // factor on both step sizes
  double penalty = 1;  // factor on D's penalties
  double noise = 0;    // standard deviation of the noise on what D sees, in units of the data's
};

/// The pace where a share of the run is done, from 0 to 1.
///
///   rate = rate_end^done min(1, (1 - done) / rate_decay), penalty = penalty_end^done
///   noise = noise (noise_end / noise)^(done / 0.8) until done = 0.8, then 0; where noise_end is no less, it stays
///
/// Under noise D compares P and Q blurred alike: modes far apart overlap and G's gradient leads from one to the other;
/// as the blur shrinks, what is learnt on a coarse scale is kept and refined on the next. As finer scales need smaller
/// steps, both fall together. P and Q are equal if they are under some noise (Arjovsky and Bottou 2017, section 3).
/// Noise that stays is instance noise: Sonderby et al. 2017, Amortised MAP inference for image super-resolution,
/// section 3.
Pace pace_at(const TrainOptions& options, double done);

/// The pace at `seen` of the schedule.
Pace pace_at(const TrainOptions& options, const Schedule& schedule, int64_t seen);

}  // namespace saddle
