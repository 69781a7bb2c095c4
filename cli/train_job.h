// One run of `saddle train` and the texts about it: what it prints, and its config.toml.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/progress.h"
#include "saddle/data/dataset.h"
#include "saddle/distributed/group.h"
#include "saddle/run/run_directory.h"
#include "saddle/training/schedule.h"
#include "saddle/training/trainer.h"

namespace saddle::cli {

/// One run being set up and carried out, by the ranks of a group: the first one alone writes and speaks.
struct Job {
  const TrainCommand& command;
  Group& group;
  std::string data;  // as open_dataset takes it
  TrainOptions options;
  std::unique_ptr<Dataset> dataset;
  std::unique_ptr<RunDirectory> run;        // null in the other ranks
  std::unique_ptr<const Checkpoint> start;  // where a resumed run goes on; null: at its beginning
  Schedule schedule;
  std::string extension;  // of the plan, as history tells it; empty: none
  int64_t generator_parameters = 0, discriminator_parameters = 0;
  Device device = at::kCPU;
  std::unique_ptr<Group> gpus;  // the ranks of `group` by their GPUs; null: they send by their processors
  ProgressLine line;

  Job(const TrainCommand& c, Group& g) : command(c), group(g), line(c.quiet || c.json || !g.leads()) {}
  bool leads() const { return group.leads(); }
  int64_t seen() const { return start != nullptr ? start->samples : 0; }  // samples
  bool images() const { return dataset->summary().kind == "images"; }
  bool is_table() const { return dataset->summary().codec != nullptr; }
  int64_t train_count() const { return dataset->summary().parts[0]; }
};

/// Prints a line for people, unless the command asked for silence or JSON.
void say(const Job& job, const std::string& line);

/// The run's config.toml.
std::string config_text(const Job& job);

/// All the processors, at most 16.
int64_t default_threads();

/// Says what was found in the data, with advice where they are few.
void describe_data(const Job& job);

/// Says what will be computed, how long and where.
void describe_plan(const Job& job);

/// V of the last evaluation, and what the last look says of the JSD, for the progress line.
std::string status_text(const Progress& progress);

}  // namespace saddle::cli
