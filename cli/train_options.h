// Where the options of a run of `saddle train` come from: the command line, a run that is to be like, a run that goes
// on.
#pragma once
#include <string>
#include <vector>

#include "cli/train_job.h"

namespace saddle::cli {

/// Whether somebody set the option of that name.
bool has_setting(const std::vector<Setting>& settings, const std::string& name);

/// What a new run sets: the options of the run that --like names, and over them what the command line says; shards
/// where several ranks play it and nobody said how many.
///
/// Throws: UsageError where that is no run of `saddle train`, or an option cannot go with it.
std::vector<Setting> settings_of(const Job& job);

/// Says what came from the run that --like names, where there is one; refuses data of another kind than its own.
void describe_like(const Job& job);

/// Applies what the command line may change on resuming, and refuses the rest.
void change_options(Job& job, const std::string& where);

}  // namespace saddle::cli
