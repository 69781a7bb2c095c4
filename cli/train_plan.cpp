// Implements the plan of a run.
#include "cli/train_plan.h"

#include <chrono>

#include "cli/headline.h"
#include "cli/signals.h"
#include "cli/train_options.h"
#include "saddle/base/error.h"
#include "saddle/training/config.h"
#include "saddle/training/evaluation_divergence.h"

namespace saddle::cli {
namespace {

constexpr double kWarmUpSeconds = 6;  // at most, measured before --minutes is frozen into samples
constexpr int64_t kWarmUpSteps = 10;

}  // namespace

Schedule schedule_of(const Job& job, int64_t samples) {
  const auto [real, fake] = evaluation_counts(job.dataset->summary().reporting);
  const bool looks = no_jsd_while_training(*job.dataset).empty();
  Schedule schedule = make_schedule(job.options, samples, 3 * real + 2 * fake,
                                    looks ? evaluation_budget(job.images()).training_samples : 0);
  // the first look of a run by the minute comes before its length is known, and all looks are to be alike
  if (job.options.minutes <= 0) schedule.critic_rows = critic_rows(samples, job.images());
  return schedule;
}

bool freeze_plan(Job& job, Trainer& trainer, const TrainHooks& hooks) {
  using Clock = std::chrono::steady_clock;
  const double warm_up = std::min(kWarmUpSeconds, 6 * job.options.minutes);
  Clock::time_point began;
  int64_t first = 0;
  double seconds = 0;
  const auto goes_on = [&](int64_t step) {  // as the first rank's clock says
    const bool own = (seconds < warm_up || step < kWarmUpSteps) && stop_signal() == 0;
    return job.group.broadcast(at::full({1}, own)).item<bool>();
  };
  for (int64_t step = 0; goes_on(step); ++step) {
    if (step == 3) {  // the first steps pay for memory and code that later ones reuse
      began = Clock::now();
      first = trainer.samples();
    }
    if (!trainer.step() && !trainer.recover(hooks)) return false;
    if (step >= 3) seconds = std::chrono::duration<double>(Clock::now() - began).count();
  }
  // Evaluations take about a tenth of a run (make_schedule), and reading and reporting a little.
  const double speed = static_cast<double>(trainer.samples() - first) / std::max(seconds, 1e-3);
  const double planned = 0.88 * speed * job.options.minutes * 60;
  const auto own = std::max<int64_t>(1, static_cast<int64_t>(planned / static_cast<double>(job.options.batch_size)));
  const int64_t batches = job.group.broadcast(at::full({1}, own, at::kLong)).item<int64_t>();
  job.schedule =
      schedule_of(job, std::max(trainer.samples() + job.options.batch_size, batches * job.options.batch_size));
  say(job, "plan      the minutes are frozen into " + count_text(job.schedule.samples) + " samples, evaluated every " +
               count_text(job.schedule.evaluate_every));
  return true;
}

void resume_plan(Job& job, const std::map<std::string, std::string>& config) {
  job.schedule = plan_from_config(config);
  if (!has_setting(job.command.settings, "samples")) return;
  const int64_t wanted = job.options.samples;
  if (wanted < job.seen())
    throw UsageError("--samples: expected more than the " + std::to_string(job.seen()) + " samples that " +
                     job.command.resume + " has seen, got " + std::to_string(wanted));
  if (wanted == job.schedule.samples) return;
  if (job.schedule.samples == 0) job.schedule = schedule_of(job, wanted);
  job.extension = "from " + std::to_string(job.schedule.samples) + " to " + std::to_string(wanted) + " samples";
  job.schedule.samples = wanted;
}

bool has_finished(const Job& job) {
  const Checkpoint* start = job.start.get();
  if (start == nullptr || job.schedule.samples == 0) return false;
  return start->samples >= job.schedule.samples || (job.options.stop == "auto" && start->facts.count("reason") != 0);
}

}  // namespace saddle::cli
