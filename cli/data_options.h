// How data are read, from the options of a run.
#pragma once
#include "saddle/data/dataset.h"
#include "saddle/training/options.h"

namespace saddle::cli {

/// Returns how to read the data of a run with these options.
///
/// Throws: UsageError where --split is not three positive percentages that sum to 100.
DataOptions data_options(const TrainOptions& options);

}  // namespace saddle::cli
