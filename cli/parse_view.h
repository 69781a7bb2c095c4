// The flags of `saddle view`.
#pragma once
#include <CLI/CLI.hpp>

#include "cli/commands.h"

namespace saddle::cli {

/// Declares the command and its options, which `view` gets.
void declare_view(CLI::App& app, ViewCommand& view);

/// Declares where a page is served: --port, --host, --token.
void declare_address(CLI::App& command, ViewCommand& view);

/// Completes and checks what was set, as far as the options alone tell. Throws: UsageError.
void finish(ViewCommand& view);

}  // namespace saddle::cli
