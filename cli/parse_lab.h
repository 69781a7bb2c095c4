// The flags of `saddle lab`.
#pragma once
#include <CLI/CLI.hpp>

#include "cli/commands.h"

namespace saddle::cli {

/// Declares the command and its options, which `lab` gets.
void declare_lab(CLI::App& app, LabCommand& lab);

/// Completes and checks what was set, as far as the options alone tell. Throws: UsageError.
void finish(LabCommand& lab);

}  // namespace saddle::cli
