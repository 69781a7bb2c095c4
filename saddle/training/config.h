// config.toml as text: writing its lines and reading them back. It needs no LibTorch.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "saddle/training/options.h"
#include "saddle/training/schedule.h"

namespace saddle {

/// Reads a file of options, such as --config names, into settings; each knows its file and line.
///
/// Throws: Error for a file that cannot be read or is no TOML, or a value that is a table or a list; unknown keys are
/// found by `set_option`.
std::vector<Setting> read_settings(const std::string& path);

/// The [options] table: one line an option, of those that `wanted` names (empty: of all).
std::string options_toml(TrainOptions options, const std::vector<std::string>& wanted = {});

/// Reads the options back from a run's config (keys "options.NAME"), refusing unknown ones.
TrainOptions options_from_config(const std::map<std::string, std::string>& config, const std::string& where);

/// The [networks] table: how many parameters either player has.
std::string networks_toml(int64_t generator_parameters, int64_t discriminator_parameters);

/// The [plan] table, and the schedule back from a run's config (keys "plan.NAME"); what is not there is 0.
std::string plan_toml(const Schedule& schedule);
Schedule plan_from_config(const std::map<std::string, std::string>& config);

}  // namespace saddle
