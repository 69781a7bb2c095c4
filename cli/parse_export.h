// The command line of `saddle export`.
#pragma once
#include <CLI/CLI.hpp>

#include "cli/commands.h"

namespace saddle::cli {

/// Declares the command, whose options go to `command`.
void declare_export(CLI::App& app, ExportCommand& command);

/// Checks it, as far as the options alone tell. Throws: UsageError.
void finish(const ExportCommand& command);

}  // namespace saddle::cli
