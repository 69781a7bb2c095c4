// Declares the flags of `saddle train`, and checks them.
#pragma once
#include <CLI/CLI.hpp>
#include <string>

#include "cli/commands.h"

namespace saddle::cli {

/// What DATA may be, for the help of all commands that take it.
inline constexpr const char* kDataHelp =
    "a folder of images or of .npy arrays, an IDX file, an .npy array, a list of such pieces (FILE.list, a path a "
    "line), "
    "a table (CSV or Parquet), a density (.json), or built in: builtin:faces, "
    "builtin:ring, builtin:grid, builtin:spiral or builtin:moons; stacked:DATA: three grey images of DATA, chosen at "
    "random, as the channels of one";

/// Declares the command; `config` takes the name of its file of options.
void declare_train(CLI::App& app, TrainCommand& train, std::string& config);

/// Completes and checks a train command, as far as the options alone tell. Throws: UsageError.
void finish(TrainCommand& train, const std::string& config);

}  // namespace saddle::cli
