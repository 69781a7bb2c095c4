// How long a run of `saddle train` is, and how much of it is left.
#pragma once
#include <map>
#include <string>

#include "cli/train_job.h"

namespace saddle::cli {

/// The schedule of so many samples.
Schedule schedule_of(const Job& job, int64_t samples);

/// Measures the speed for a moment and turns --minutes into samples, as the clock of the first rank says; returns false
/// where the game failed.
bool freeze_plan(Job& job, Trainer& trainer, const TrainHooks& hooks);

/// Reads a stored plan, and extends it where the command line asks for more samples. Throws: UsageError where that is
/// less than the run has seen.
void resume_plan(Job& job, const std::map<std::string, std::string>& config);

/// Whether a resumed run has nothing left to do.
bool has_finished(const Job& job);

}  // namespace saddle::cli
