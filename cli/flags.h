// Declares flags of the kinds that several commands have.
#pragma once
#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "saddle/training/options.h"

namespace saddle::cli {

/// Declares a command with its help: `description` is its summary and, below it, its usage, one form a line.
CLI::App* declare_command(CLI::App& app, const char* name, const char* description, const char* notes);

/// Declares a whole number from `low` to `high`.
CLI::Option* declare_number(CLI::App& app, const std::string& flag, int64_t& value, int64_t low, int64_t high);

/// Declares --seed, of 64 bits.
CLI::Option* declare_seed(CLI::App& app, uint64_t& value);

/// Declares one of some names.
CLI::Option* declare_choice(CLI::App& app, const std::string& flag, std::string& value,
                            const std::vector<std::string>& choices);

/// Declares a number above 0.
CLI::Option* declare_positive(CLI::App& app, const std::string& flag, double& value);

/// Declares --quiet, unless that is null, and --json.
void declare_output(CLI::App& app, bool* quiet, bool& json);

/// Declares --ranks and --rank-wait; `result` says what comes of several processes.
void declare_ranks(CLI::App& app, int64_t& ranks, double& wait_seconds, const std::string& result);

/// A check that refuses what is not a number above `low` and below `high`; `wanted` says so.
std::function<std::string(const std::string&)> between(double low, double high, const std::string& wanted);

/// Throws UsageError unless `right`: "COMMAND: expected WANTED (see saddle COMMAND --help)".
void expect(bool right, const std::string& command, const std::string& wanted);

/// Declares a flag for every training option that `wanted` names (all where it is empty); what is set goes to
/// `settings` as text, so that flags and TOML keys are read by the same code.
void declare_options(CLI::App& app, std::vector<Setting>& settings, const std::vector<std::string>& wanted = {});

}  // namespace saddle::cli
