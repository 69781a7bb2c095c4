// config.toml as text: writing its lines and reading them back. It needs no LibTorch.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "saddle/training/options.h"

namespace saddle {

/// Reads a TOML file: every value as text by its dotted key, a list's as "[a, b]".
///
/// Throws: Error with file and line.
std::map<std::string, std::string> read_config_file(const std::string& path);

/// Reads a file of options, such as --config names, into settings; each knows its file and line.
///
/// Throws: Error for a file that cannot be read or is no TOML, or a value that is a table or a list; unknown keys are
/// found by `set_option`.
std::vector<Setting> read_settings(const std::string& path);

/// The [options] table: one line an option, of those that `wanted` names (empty: of all).
std::string options_toml(TrainOptions options, const std::vector<std::string>& wanted = {});

/// Reads the options back from a run's config (keys "options.NAME"), refusing unknown ones.
TrainOptions options_from_config(const std::map<std::string, std::string>& config, const std::string& where);

}  // namespace saddle
