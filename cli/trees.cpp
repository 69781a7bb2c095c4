// The command `saddle trees`: fits sequential trees to a table's rows, and keeps them as a run like any other.
#include <ATen/Parallel.h>

#include "cli/caller.h"
#include "cli/commands.h"
#include "cli/data_options.h"
#include "cli/headline.h"
#include "cli/output.h"
#include "cli/print_json.h"
#include "cli/progress.h"
#include "cli/run_conditions.h"
#include "cli/show_table.h"
#include "cli/signals.h"
#include "cli/train_job.h"
#include "saddle/base/error.h"
#include "saddle/base/failure_text.h"
#include "saddle/base/version.h"
#include "saddle/data/data_config.h"
#include "saddle/report/report.h"
#include "saddle/run/run_config.h"
#include "saddle/run/run_directory.h"
#include "saddle/tables/row_trees.h"
#include "saddle/training/config.h"
#include "saddle/training/presets.h"

namespace saddle::cli {
namespace {

/// SIGINT or SIGTERM came while trees were grown.
struct TreesStopped : std::exception {};

/// One run of `saddle trees`.
struct TreesJob {
  const TreesCommand& command;
  TrainOptions options;  // of the data, the seed and the threads
  std::unique_ptr<Dataset> dataset;
  std::unique_ptr<RunDirectory> run;
  ProgressLine line;

  explicit TreesJob(const TreesCommand& c) : command(c), line(c.quiet || c.json) {}
  int64_t rows() const { return dataset->summary().parts[0]; }
};

void say(const TreesJob& job, const std::string& text) {
  if (job.command.quiet || job.command.json) return;
  print_text(text + "\n");
}

void open_data(TreesJob& job) {
  const std::string& path = job.command.data;
  job.options = resolve_options(job.command.settings, {.images = false, .table = true});
  at::set_num_threads(static_cast<int>(job.options.threads > 0 ? job.options.threads : default_threads()));
  DataOptions data = data_options(job.options);
  data.progress = [&job](int64_t done, int64_t total) { job.line.show("reading", done, total, "", done == total); };
  job.dataset = open_dataset(path, data);
  job.line.end();
  if (job.dataset->summary().codec == nullptr)
    throw Error(path + ": expected a table, got " + job.dataset->summary().kind +
                " (saddle train and saddle mle take such data)");
  if (job.rows() < 2 * job.command.leaf)
    throw Error(path + ": expected at least " + std::to_string(2 * job.command.leaf) +
                " training rows, for two leaves, got " + std::to_string(job.rows()));
}

std::string config_text(const TreesJob& job, int64_t leaves) {
  return config_head("trees") + data_config(absolute_data(job.command.data), job.dataset->summary()) +
         options_toml(job.options, {"preset", "seed", "threads", "split", "columns", "drop", "constraint", "memory"}) +
         "\n[trees]\nleaf = " + std::to_string(job.command.leaf) + "\nleaves = " + std::to_string(leaves) + "\n";
}

/// Fits the trees and keeps them. Returns how many leaves they have.
int64_t fit_and_save(TreesJob& job) {
  RowTreesOptions options;
  options.leaf = job.command.leaf;
  options.progress = [&](int64_t columns, int64_t of) {
    job.line.show("columns", columns, of, "", columns == of);
    if (stop_signal() != 0) throw TreesStopped();
  };
  const Tensor rows = job.dataset->first(Part::train, job.rows()).x;
  const RowTrees trees = RowTrees::fit(rows, job.dataset->summary().codec, options);
  job.line.end();
  Checkpoint checkpoint;
  checkpoint.samples = job.rows();
  for (const auto& [name, tensor] : trees.state()) checkpoint.tensors["trees." + name] = tensor;
  job.run->write_config(config_text(job, trees.leaf_count()));
  job.run->save(checkpoint, /*keep=*/1);
  return trees.leaf_count();
}

int finish(TreesJob& job, int64_t leaves) {
  TrainedRun trained = open_run_to_draw(job.run->path(), "last");
  show_table(*job.run, *job.dataset, trained);
  const Headline headline = measure_headline(*job.run, *job.dataset, job.line);
  job.run->history("finished", job.rows());
  const std::string report = write_report(job.run->path());
  say(job, "fitted    " + count_text(leaves) + " leaves of at least " + count_text(job.command.leaf) + " rows\n" +
               headline_text(headline) + "\nreport: " + report);
  if (!job.command.json) return 0;
  nlohmann::ordered_json result = {{"run", job.run->path()},
                                   {"outcome", "finished"},
                                   {"count", job.rows()},
                                   {"leaf", job.command.leaf},
                                   {"leaves", leaves}};
  if (std::isfinite(headline.js))
    result["jsd"] = {{"estimate", headline.js},
                     {"standard_error", headline.standard_error},
                     {"certified_lower", headline.certified_lower}};
  result["report"] = report;
  print_json(result);
  return 0;
}

int stop(TreesJob& job) {
  job.line.end();
  const std::string path = job.run->path();
  job.run.reset();
  std::filesystem::remove_all(path);  // it was new: nothing but this command's beginnings is in it
  say(job, "stopped before the trees were done; nothing is kept");
  if (job.command.json) print_json({{"run", path}, {"outcome", "stopped"}});
  return 128 + stop_signal();
}

}  // namespace

int run(const TreesCommand& command) {
  RunDirectory::check_new(command.out);
  catch_stop_signals();
  TreesJob job(command);
  open_data(job);
  const DataSummary& data = job.dataset->summary();
  say(job, "data      " + data.name + ": " + count_text(job.rows()) + " training rows of " +
               count_text(static_cast<int64_t>(data.schema.columns.size())) + " columns");
  job.run = RunDirectory::create(command.out, config_text(job, 0));
  let_caller_hear(*job.run);
  keep_schema(*job.run, *job.dataset, job.options);
  job.run->history("started", 0, "saddle " + std::string(version()));
  try {
    return finish(job, fit_and_save(job));
  } catch (const TreesStopped&) {
    return stop(job);
  } catch (const std::exception& error) {
    job.line.end();
    job.run->history("failed", 0, failure_text(error));
    throw;
  }
}

}  // namespace saddle::cli
