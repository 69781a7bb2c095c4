// The metrics of features in a measurement: which, on which features, and what they found.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "cli/measure_classes.h"
#include "cli/measure_sides.h"
#include "cli/progress.h"
#include "saddle/features/feature_network.h"
#include "saddle/metrics/metric.h"

namespace saddle::cli {

/// What all critics together say is one choice beside the metrics.
inline constexpr const char* kCriticsChoice = "js";

/// What the metrics of a measurement found, and on what.
struct MetricsFound {
  FeatureFacts features;                // without a name: the rows themselves
  std::vector<MetricValue> values;      // empty: no metric was asked for
  std::vector<ClassMetrics> classes{};  // empty: the sides have no classes in common
  int64_t training_count = 0;           // rows of the training data; 0: none was needed
  MetricInput input;                    // the features, for the page
  Tensor p_told, q_told;                // of the images that critics are told; undefined: none are known
  std::vector<std::string> warnings;
};

/// Refuses names that are no metric, before any work.
void check_metric_names(const MeasureCommand& command);

/// The metrics that were asked for; where none was, those that suit the sides. The critics' choice is among them.
std::vector<std::string> chosen_metrics(const MeasureCommand& command, const Sides& sides);

/// Computes the metrics with these names, apart from the critics' choice, and of images what critics are told too.
///
/// The ranks of a group share the features out; the first one alone computes the metrics.
/// Throws: Error where a metric that was asked for cannot be had of these sides.
MetricsFound measure_metrics(const MeasureCommand& command, const Sides& sides, const std::vector<std::string>& names,
                             ProgressLine& line, Group& group);

}  // namespace saddle::cli
