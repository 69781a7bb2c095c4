// Metrics of each class by itself, where both sides have labels.
#pragma once
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "saddle/metrics/metric.h"

namespace saddle::cli {

/// The labels of both sides' rows [n] int64, and what they are called.
struct ClassLabels {
  Tensor p, q;                     // undefined: a side has none
  std::vector<std::string> names;  // empty: the sides have no classes, or other ones
};

/// One class.
struct ClassMetrics {
  std::string name;
  int64_t p_count, q_count;         // rows
  std::vector<MetricValue> values;  // empty: too few rows
};

/// The Fréchet and the kernel distance, those of them among `names`, between P's rows and Q's of each class; classes
/// without rows on either side are left out. Empty without classes.
std::vector<ClassMetrics> measure_classes(const std::vector<std::string>& names, const MetricInput& input,
                                          const ClassLabels& labels, const MetricOptions& options);

/// {"cat": {"p_count": .., "q_count": .., "fd": {"estimate": .., "lower": .., "upper": .., "expected": ..}}}
nlohmann::ordered_json classes_json(const std::vector<ClassMetrics>& classes);

/// A table, a line a class, of the first 20.
std::string classes_text(const std::vector<ClassMetrics>& classes);

}  // namespace saddle::cli
