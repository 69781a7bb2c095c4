// The labels of the samples that `saddle sample` draws.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "saddle/training/trained_run.h"

namespace saddle::cli {

/// Reads "cat=8,dog=8" into one label a sample, class by class in that order. Shapes: result [n] int64.
///
/// Throws: UsageError where the run is not class-conditional, for an unknown class (with the nearest known one), one
/// that the data have no images of, and for what is no such list.
Tensor parse_labels(const std::string& text, const TrainedRun& run, const std::string& path);

/// How many labels in a row are one class. Shapes: labels [n]; the results sum to n.
std::vector<int64_t> lengths_of_runs(const Tensor& labels);

/// The labels as a table that --labels FILE reads: `names` of the samples' files, or empty for one column.
void write_labels(const std::string& path, const Tensor& labels, const RunClasses& classes,
                  const std::vector<std::string>& files = {});

}  // namespace saddle::cli
