// The layout of --help.
#pragma once
#include <CLI/CLI.hpp>
#include <string>

namespace saddle::cli {

/// Help of one command, or of the program: summary, usage, arguments, options in groups, notes.
std::string help_text(const CLI::App* app, const std::string& name, CLI::AppFormatMode mode);

/// "default VALUE)", which help never breaks into two lines.
std::string default_text(const std::string& value);

}  // namespace saddle::cli
