// Signals that ask a long job to stop: the first lets it finish its step, a second one ends the process.
#pragma once
#include <string>

namespace saddle::cli {

/// Takes over SIGINT and SIGTERM, unless the command has a caller (caller.h), which is asked then.
void catch_stop_signals();

/// The signal that asked to stop; 0: none did.
int stop_signal();

/// "stopped by SIGINT", for the history of a run.
std::string stop_text();

}  // namespace saddle::cli
