// A run as one side of a measurement, and data prepared as that run prepared its own.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "saddle/data/dataset.h"
#include "saddle/training/trained_run.h"

namespace saddle::cli {

/// A run that is measured.
struct MeasuredRun {
  std::string path;
  TrainedRun trained;
  std::string data_path;  // of the run's own data; empty: it does not say
  std::map<std::string, std::string> config;
  DataOptions data_options;           // how it prepared them, size and channels resolved
  std::optional<TableSchema> schema;  // where its data are a table
};

/// Opens a run to measure it, as `open_run` does. Throws: Error where there is no run or no checkpoint.
MeasuredRun open_measured_run(const std::string& path, const std::string& which);

/// Draws from the part `test` of data that are fresh at every draw, in their own units.
std::function<Tensor(int64_t n)> fresh_draws(const Dataset& data, const std::string& purpose);

/// Draws n samples of the run's generator; images are rounded to 256 levels, as all files of images are.
Tensor draw_from_run(MeasuredRun& run, int64_t n, uint64_t seed);

/// The run's own data on the other side: the samples of the part `test`, or all with `include_training`.
///
/// Data that are fresh at every draw have no rows: `fresh` is set to draw them, and the result is undefined.
Tensor own_data_of_run(const MeasuredRun& run, bool include_training, std::function<Tensor(int64_t n)>& fresh,
                       std::vector<std::string>& warnings);

/// Refuses rows x, prepared as the run's data, that its generator trained on; with `include_training` says so instead.
///
/// Where the data's rows repeat anyway, equal ones prove nothing, and a warning says so. Rows of the part `select`,
/// which steered the run, are allowed, with a warning. Throws: Error, naming `path`.
void check_unseen(const MeasuredRun& run, const Tensor& x, const std::string& path, bool include_training,
                  std::vector<std::string>& warnings);

}  // namespace saddle::cli
