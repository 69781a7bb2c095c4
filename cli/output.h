// What the program prints, and its last words.
#pragma once
#include <string>

namespace saddle::cli {

/// Keeps a closed stdin, stdout or stderr from becoming the next file that is opened; comes before all else.
void guard_streams();

/// Prints text to stdout at once.
///
/// A reader that has gone away (`saddle data x | head`) ends the process quietly by SIGPIPE, as it ends other tools.
/// Throws: Error where the text cannot be written (a full disk, a closed stdout).
void print_text(const std::string& text);

/// Makes an exception that nobody catches say what `failure_text` does, and the process exit with 1.
void explain_uncaught();

}  // namespace saddle::cli
