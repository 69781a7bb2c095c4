// How data are read, from the options of a run, and what of them a run keeps.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "saddle/data/dataset.h"
#include "saddle/data/schema.h"
#include "saddle/run/run_directory.h"
#include "saddle/training/options.h"

namespace saddle::cli {

constexpr int64_t kFewImages = 500;  // below which a folder of images gets advice

/// The names in a list with commas between; none for `word`.
std::vector<std::string> parse_names(const std::string& list, const std::string& word);

/// Returns how to read the data of a run with these options.
///
/// It leaves out a file of labels, which belongs to the run's own data (`labels_file`).
/// Throws: UsageError where --split is not three positive percentages that sum to 100, or --background no colour.
DataOptions data_options(const TrainOptions& options);

/// Returns how to prepare data as a run did that has these options and this config.toml: what it left to the data is
/// taken from what it found.
DataOptions run_data_options(const TrainOptions& options, const std::map<std::string, std::string>& config);

/// What to do with a table of few rows; empty: they are not few, or the data are no table.
std::string few_rows_advice(const DataSummary& data);

/// Keeps the schema of data that are a table in their run's directory, and the combinations that a constraint needs.
void keep_schema(const RunDirectory& run, const Dataset& data, const TrainOptions& options);

/// The schema that a run keeps; none where its data were no table. Throws: Error for a file that is no schema.
std::optional<TableSchema> kept_schema(const std::string& run);

}  // namespace saddle::cli
