// Signals that ask a long job to stop: the first lets it finish its step, a second one ends the process.
#pragma once

namespace saddle::cli {

/// Takes over SIGINT and SIGTERM.
void catch_stop_signals();

/// The signal that asked to stop; 0: none did.
int stop_signal();

}  // namespace saddle::cli
