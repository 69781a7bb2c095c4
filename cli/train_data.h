// The data of a run of `saddle train`: opened for a new run, and found again for one that goes on.
#pragma once
#include <functional>
#include <map>
#include <string>

#include "cli/train_job.h"

namespace saddle::cli {

/// Opens job.data, with a line of progress.
void open_data(Job& job, DataOptions options);

/// What critics see of encoded rows of a table: `plain_columns` of what they stand for.
std::function<Tensor(const Tensor& encoded)> critic_view(const Dataset& table);

/// Fits the critic that rejects rows to the finished run's generators, the best and the last.
void fit_rejection(Job& job);

/// Opens the data of a run that goes on, prepared as it prepared them.
///
/// `config` is the run's. Throws: Error with the path and both counts, shapes or contents where the data are not there,
/// or are others than the run was trained on.
void open_same_data(Job& job, const std::map<std::string, std::string>& config);

}  // namespace saddle::cli
