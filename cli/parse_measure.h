// The flags of `saddle measure`.
#pragma once
#include <CLI/CLI.hpp>

#include "cli/commands.h"

namespace saddle::cli {

/// Declares the command and its options, which `measure` gets.
void declare_measure(CLI::App& app, MeasureCommand& measure);

/// Completes and checks what was set, as far as the options alone tell. Throws: UsageError.
void finish(MeasureCommand& measure);

}  // namespace saddle::cli
