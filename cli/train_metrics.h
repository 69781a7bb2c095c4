// The metrics of a run of `saddle train`: opened for its trainer, and told at its end.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "cli/train_job.h"
#include "saddle/metrics/metric_observer.h"
#include "saddle/run/run_contents.h"

namespace saddle::cli {

/// What computes the metrics that a run asked for, with all that it reads. It outlives the trainer.
struct RunMetrics {
  std::unique_ptr<Sampler> reporting, steering, train;
  std::unique_ptr<MetricObserver> observer;  // null: no metrics were asked for
};

/// Refuses metrics that the run cannot have, before anything is computed or written.
///
/// Throws: UsageError for unknown names, and a `best_by` that is none of them; Error for points.
void check_metrics(const Job& job);

/// Opens the features, which may learn first, and makes the observer. Throws: Error as `open_features`, and where the
/// data have too few rows, or no classes, for a metric.
RunMetrics open_metrics(Job& job);

/// The last value of one metric of a run.
struct LastMetric {
  std::string name;
  CurvePoint point;
};

/// The last values of a run's metrics, in the order in which it asked for them.
std::vector<LastMetric> last_metrics(const Job& job, const RunContents& run);

/// "fd 12.3 (11.8 to 12.9), precision 0.61 (...), on select, of the last generator"; empty: there are none.
std::string metrics_text(const std::vector<LastMetric>& metrics);

}  // namespace saddle::cli
