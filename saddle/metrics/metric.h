// What samples are compared by beside divergences, one table row each: distances, shares and counts of features.
#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "saddle/base/tensor.h"

namespace saddle {

/// What metrics are computed from; a metric names what it needs of it.
struct MetricInput {
  Tensor p, q;                  // [n, d] and [m, d], any float type: features of the data, and of what is compared
  Tensor p_groups, q_groups;    // [n] and [m] int64: rows of one group are no independent rows; undefined: all are
  Tensor train;                 // [k, d] features of what the generator was trained on; undefined: none is known
  Tensor train_groups;          // [k] int64, in the numbers of p_groups
  Tensor p_classes, q_classes;  // [n] and [m] int64 in [0, classes): what a classifier says; undefined: there is none
  int64_t classes = 0;          // modes that there are
  Tensor class_shares;          // [classes] of P, where they are known; undefined: those of p_classes count
};

/// How metrics are computed.
struct MetricOptions {
  double confidence = 0.95;   // of intervals
  uint64_t seed = 0;          // of everything random
  int64_t neighbours = 5;     // k of precision, recall, density and coverage
  bool closed_balls = false;  // whether what lies on a ball's edge is in it: torch-fidelity's convention
};

/// One number about two samples; NaN stands for what there is not.
struct MetricValue {
  std::string name;  // of the table
  double estimate;
  double lower = std::numeric_limits<double>::quiet_NaN();  // an interval's ends
  double upper = std::numeric_limits<double>::quiet_NaN();
  double expected = std::numeric_limits<double>::quiet_NaN();  // what it would be on average where P = Q
  double p_value = std::numeric_limits<double>::quiet_NaN();   // of a test by it
  std::vector<std::pair<std::string, double>> details = {};    // further numbers, by names of the page and of JSON
  std::vector<std::string> warnings = {};                      // sentences
};

/// What a metric needs beside features of P and Q.
enum class MetricNeeds { features, training_features, classes };

/// One metric.
struct MetricKind {
  const char* name;     // in options, JSON and records
  const char* title;    // for people
  const char* meaning;  // what it says, one sentence
  MetricNeeds needs;
  int better;      // -1: a smaller one is, +1: a larger one is, 0: the nearer to `expected`
  int64_t fewest;  // rows of a side that it needs
  /// Computes all metrics of one family at once; rows of one family share the function.
  std::vector<MetricValue> (*family)(const MetricInput& input, const MetricOptions& options);
  const char* why_fewest = "";  // ends the error of fewer rows: why, and what to do
};

/// All rows of the table.
const std::vector<MetricKind>& metric_kinds();

/// Their names.
std::vector<std::string> metric_names();

/// Computes the metrics with these names, each family once.
///
/// Throws: Error for an unknown name, what a metric needs and `input` lacks, features of different lengths or that are
/// not finite, and fewer rows than a metric needs.
std::vector<MetricValue> compute_metrics(const std::vector<std::string>& names, const MetricInput& input,
                                         const MetricOptions& options);

}  // namespace saddle
