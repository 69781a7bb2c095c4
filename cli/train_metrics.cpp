// Implements the metrics of a run of `saddle train`.
#include "cli/train_metrics.h"

#include <cstdio>

#include "cli/data_options.h"
#include "cli/open_features.h"
#include "saddle/base/error.h"

namespace saddle::cli {
namespace {

constexpr const char* kNoMetrics = "none";
constexpr const char* kBestByCritic = "jsd";

std::vector<MetricKind> metrics_of(const Job& job) {
  return find_metrics(parse_names(job.options.metrics, kNoMetrics), "--metrics");
}

bool needs_classes(const std::vector<MetricKind>& kinds) {
  return std::any_of(kinds.begin(), kinds.end(), [](const auto& kind) { return kind.needs == MetricNeeds::classes; });
}

std::string number_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

}  // namespace

void check_metrics(const Job& job) {
  const std::vector<MetricKind> kinds = metrics_of(job);
  const std::string& best_by = job.options.best_by;
  const bool computed = std::any_of(kinds.begin(), kinds.end(), [&](const auto& kind) { return kind.name == best_by; });
  if (best_by != kBestByCritic && !computed)
    throw UsageError("--best-by: expected jsd or one of --metrics (" + job.options.metrics + "), got " + best_by);
  if (kinds.empty()) return;
  const DataSummary& data = job.dataset->summary();
  if (!job.images())
    throw Error(job.data + ": expected images for --metrics, which compares features, got " + data.kind);
  for (const MetricKind& kind : kinds)
    if (kind.needs == MetricNeeds::classes && data.labels.empty())
      throw Error(job.data + ": expected images with labels for --metrics " + kind.name + ", got none (folders in a " +
                  "folder are labels, and so is an IDX file of labels beside one of images)");
}

RunMetrics open_metrics(Job& job) {
  RunMetrics metrics;
  MetricSettings settings;
  settings.kinds = metrics_of(job);
  if (settings.kinds.empty()) return metrics;
  const Dataset& data = *job.dataset;
  metrics.reporting = data.sampler(Part::reporting, "metrics");
  metrics.steering = data.sampler(Part::steering, "metrics");
  metrics.train = data.sampler(Part::train, "metrics");
  settings.reporting = metrics.reporting.get();
  settings.steering = metrics.steering.get();
  settings.train = metrics.train.get();
  settings.best_by = job.options.best_by == kBestByCritic ? "" : job.options.best_by;
  settings.samples = job.options.metrics_samples;
  settings.seed = job.options.seed;
  settings.features =
      open_features_for(job.options.features, data.summary().shape, &data, job.command.allow_code, job.line);
  if (needs_classes(settings.kinds) && settings.features->class_count() == 0)
    throw Error("--features: expected features that tell classes apart for what counts them, got " +
                job.options.features + " (builtin learns them from labels)");
  settings.class_shares = class_shares(data.summary());
  const FeatureFacts& facts = settings.features->facts();
  say(job, "metrics   " + job.options.metrics + " of " + count_text(facts.dimension) + " features (" + facts.name +
               ", " + facts.hash + "), on " + count_text(settings.samples) + " generated images" +
               (settings.best_by.empty() ? "" : "; best/ by " + settings.best_by));
  metrics.observer = std::make_unique<MetricObserver>(std::move(settings));
  return metrics;
}

std::vector<LastMetric> last_metrics(const Job& job, const RunContents& run) {
  std::vector<LastMetric> last;
  for (const std::string& name : parse_names(job.options.metrics, kNoMetrics))
    if (const auto found = run.curves.find("metrics/" + name); found != run.curves.end())
      last.push_back({name, found->second.back()});
  return last;
}

std::string metrics_text(const std::vector<LastMetric>& metrics) {
  std::string text;
  for (const auto& [name, point] : metrics) {
    text += (text.empty() ? "" : ", ") + name + " " + number_text(point.value);
    if (std::isfinite(point.lower)) text += " (" + number_text(point.lower) + " to " + number_text(point.upper) + ")";
  }
  if (text.empty()) return text;
  return text + " on select (the generator after " + count_text(metrics.back().point.samples) + " samples)";
}

}  // namespace saddle::cli
