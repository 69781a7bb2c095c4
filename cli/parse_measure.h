// The flags of `saddle measure` and `saddle features`.
#pragma once
#include <CLI/CLI.hpp>

#include "cli/commands.h"

namespace saddle::cli {

/// Declares the command and its options, which `measure` gets.
void declare_measure(CLI::App& app, MeasureCommand& measure);

/// Declares `saddle features` and its options, which `features` gets.
void declare_features(CLI::App& app, FeaturesCommand& features);

/// Completes and checks what was set, as far as the options alone tell. Throws: UsageError.
void finish(MeasureCommand& measure);

}  // namespace saddle::cli
