// Implements the texts about a run of `saddle train`.
#include "cli/train_job.h"

#include <ATen/Parallel.h>
#include <sched.h>

#include <cstdio>
#include <thread>

#include "cli/data_options.h"
#include "cli/output.h"
#include "saddle/base/device.h"
#include "saddle/data/data_config.h"
#include "saddle/objectives/objective.h"
#include "saddle/run/run_config.h"
#include "saddle/training/config.h"

namespace saddle::cli {
namespace {

constexpr int64_t kQuickSize = 64;  // pixels a side

}  // namespace

void say(const Job& job, const std::string& line) {
  if (job.command.quiet || job.command.json || !job.leads()) return;
  print_text(line + "\n");
}

std::string config_text(const Job& job) {
  return config_head("train") + data_config(job.data, job.dataset->summary()) + options_toml(job.options) + "\n" +
         networks_toml(job.generator_parameters, job.discriminator_parameters) + "\n" + plan_toml(job.schedule);
}

int64_t default_threads() {
  cpu_set_t set;
  const bool known = sched_getaffinity(0, sizeof set, &set) == 0;
  return std::clamp<int64_t>(known ? CPU_COUNT(&set) : std::thread::hardware_concurrency(), 1, 16);
}

void describe_data(const Job& job) {
  const DataSummary& data = job.dataset->summary();
  if (data.count > 0)
    say(job, "data      " + data.name + ": " + count_text(data.count) + " " + data.kind + " from " + data.source +
                 "; " + count_text(data.parts[0]) + " train, " + count_text(data.parts[1]) + " select, " +
                 count_text(data.parts[2]) + " test");
  else
    say(job, "data      " + data.name + ": " + data.kind + ", every draw fresh");
  std::string prepared = "prepared  " + shape_text(data.shape);
  if (job.images()) prepared += " as [channels, height, width]";
  if (data.crop_loss > 0.005)
    prepared +=
        ", the central square leaves out " + std::to_string(std::lround(data.crop_loss * 100)) + " % of the pixels";
  say(job, prepared);
  for (const auto& problem : notes(data)) say(job, "note      " + problem);
  if (job.images() && job.options.image_size == 0 && data.shape[1] * data.shape[2] > 4 * kQuickSize * kQuickSize)
    say(job, "advice    images of this size are trained as they are; --image-size " + std::to_string(kQuickSize) +
                 " takes a " + std::to_string(data.shape[1] * data.shape[2] / (kQuickSize * kQuickSize)) +
                 "th of the time for each");
  if (const std::string few = few_rows_advice(data); !few.empty()) say(job, "advice    " + few);
  if (data.kind == "images" && data.count > 0 && data.count < kFewImages && job.options.augment == "none")
    say(job, "advice    fewer than " + std::to_string(kFewImages) +
                 " images: expect D to learn them by heart (see D's overfitting in the report); more images, "
                 "--augment auto and a shorter run help");
}

void describe_plan(const Job& job) {
  say(job, "networks  " + job.options.network + ": G " + count_text(job.generator_parameters) + " parameters, D " +
               count_text(job.discriminator_parameters) + "; latent dimension " +
               std::to_string(job.options.latent_dim));
  say(job, "objective " + job.options.objective + ": " + find_objective(job.options.objective).summary);
  if (job.schedule.samples > 0) {
    std::string plan = "plan      " + count_text(job.schedule.samples) + " samples";
    if (job.train_count() > 0) plan += " (" + std::to_string(job.schedule.samples / job.train_count()) + " epochs)";
    say(job, plan + ", evaluated every " + count_text(job.schedule.evaluate_every));
  }
  const int threads = at::get_num_threads();
  const int64_t ranks = job.group.size(), shards = job.options.shards;
  say(job, "computing on " + job.device.str() + " with " + std::to_string(threads) +
               (threads == 1 ? " thread" : " threads") +
               (ranks > 1 ? " in each of " + std::to_string(ranks) + " processes" : "") +
               (shards > 1 ? "; a batch is " + std::to_string(shards) + " shards of " +
                                 std::to_string(job.options.batch_size / shards)
                           : ""));
  if (ranks > 1 && job.options.reduce == "fast")
    say(job, "sums      by all-reduce: the bytes of this run depend on the number of processes");
  say(job, "watch     saddle view " + (job.command.out.empty() ? job.command.resume : job.command.out));
}

std::string status_text(const Progress& progress) {
  std::string status;
  const auto add = [&](const char* format, double number) {
    char text[48];
    std::snprintf(text, sizeof text, format, number);
    if (std::isfinite(number)) status += (status.empty() ? "" : "  ") + std::string(text);
  };
  add("V %.3f", progress.value);
  add("JSD at least %.3f", progress.jsd_at_least);
  add("estimate %.3f", progress.jsd_estimate);
  return status;
}

}  // namespace saddle::cli
