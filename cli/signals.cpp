// Implements the signals that ask a long job to stop.
#include "cli/signals.h"

#include <unistd.h>

#include <csignal>

#include "cli/caller.h"

namespace saddle::cli {
namespace {

volatile std::sig_atomic_t received = 0;

void on_signal(int signal) {
  if (received != 0) _exit(128 + signal);
  received = signal;
}

}  // namespace

void catch_stop_signals() {
  if (caller() != nullptr) return;
  struct sigaction action = {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

int stop_signal() {
  if (caller() != nullptr) return caller()->stop() ? SIGINT : 0;
  return received;
}

std::string stop_text() {
  if (caller() != nullptr) return "stopped by its caller";
  return received == SIGTERM ? "stopped by SIGTERM" : "stopped by SIGINT";
}

}  // namespace saddle::cli
