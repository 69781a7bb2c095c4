// Implements the end of a run of `saddle train`.
#include "cli/train_end.h"

#include "cli/pictures.h"
#include "cli/print_json.h"
#include "cli/run_conditions.h"
#include "cli/show_table.h"
#include "cli/train_data.h"
#include "cli/train_metrics.h"
#include "saddle/report/report.h"
#include "saddle/training/trained_run.h"

namespace saddle::cli {
namespace {

/// The last values of the metrics, with their intervals.
nlohmann::ordered_json metrics_json(const Job& job) {
  nlohmann::ordered_json metrics = nlohmann::ordered_json::object();
  for (const auto& [name, point] : last_metrics(job, read_run(job.run->path()))) {
    metrics[name] = {{"estimate", point.value}, {"lower", nullptr}, {"upper", nullptr}, {"samples", point.samples}};
    if (std::isfinite(point.lower)) metrics[name]["lower"] = point.lower, metrics[name]["upper"] = point.upper;
  }
  return metrics;
}

}  // namespace

Headline close_run(Job& job) {
  const std::string path = job.run->path();
  if (job.is_table() && job.options.rejection != "none") fit_rejection(job);
  TrainedRun trained = open_run_to_draw(path, "best");
  show_result(*job.run, *job.dataset, trained);
  if (job.is_table()) show_table(*job.run, *job.dataset, trained);
  const Headline headline = measure_headline(*job.run, *job.dataset, job.line);
  write_report(path);
  const std::string metrics = metrics_text(last_metrics(job, read_run(path)));
  say(job, headline_text(headline) + (metrics.empty() ? "" : "\n" + metrics) + "\nreport: " + path + "/report.html");
  return headline;
}

void print_result(const Job& job, const std::string& outcome, int64_t samples, const std::string& why,
                  const Headline* headline) {
  if (!job.command.json) return;
  nlohmann::ordered_json result = {{"run", job.run->path()}, {"outcome", outcome}, {"samples", samples}};
  if (!why.empty()) result["why"] = why;
  if (headline != nullptr) {
    result["best"] = headline->samples;
    if (std::isfinite(headline->js))
      result["jsd"] = {{"estimate", headline->js},
                       {"standard_error", headline->standard_error},
                       {"certified_lower", headline->certified_lower}};
    else
      result["jsd"] = nullptr;
    if (auto metrics = metrics_json(job); !metrics.empty()) result["metrics"] = std::move(metrics);
    result["report"] = job.run->path() + "/report.html";
  }
  print_json(result);
}

}  // namespace saddle::cli
