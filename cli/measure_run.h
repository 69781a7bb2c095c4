// A run as one side of a measurement, and data prepared as that run prepared its own.
#pragma once
#include <functional>
#include <memory>
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
  DataOptions data_options;               // how it prepared them, size and channels resolved
  std::optional<TableSchema> schema;      // where its data are a table
  std::shared_ptr<const Dataset> data{};  // its own data, once they were opened
};

/// How to draw afresh: each call begins anew and returns what draws the next n samples, with their labels where they
/// have some.
using Restart = std::function<std::function<Batch(int64_t n)>()>;

/// Opens a run to measure it, as `open_run` does. Throws: Error where there is no run or no checkpoint.
MeasuredRun open_measured_run(const std::string& path, const std::string& which);

/// Draws from the part `test` of data that are fresh at every draw, in their own units.
Restart fresh_draws(std::shared_ptr<const Dataset> data, const std::string& purpose);

/// Draws from the run's generator; images are rounded to 256 levels, as all files of images are.
Restart run_draws(std::shared_ptr<MeasuredRun> run, uint64_t seed);

/// The run's own data, prepared as it was trained. Throws: Error where the run does not say what they are.
std::shared_ptr<const Dataset> own_data(MeasuredRun& run);

/// The parts of them that stand on the other side: `test`, or all with `include_training`, and a warning.
std::vector<Part> measured_parts(const Dataset& data, bool include_training, std::vector<std::string>& warnings);

/// Whether the run's own data are where it says.
bool has_own_data(const MeasuredRun& run);

/// Hashes of rows of the run's data, which may come from files of another type of numbers.
std::vector<uint64_t> known_hashes(const MeasuredRun& run, const Tensor& x);

/// Refuses rows with these hashes, prepared as the run's data, that its generator trained on; with `include_training`
/// says so instead.
///
/// Where the data's rows repeat anyway, equal ones prove nothing, and a warning says so. Rows of the part `select`,
/// which steered the run, are allowed, with a warning. Throws: Error, naming `path`.
void check_unseen(MeasuredRun& run, const std::vector<uint64_t>& rows, const std::string& path, bool include_training,
                  std::vector<std::string>& warnings);

}  // namespace saddle::cli
