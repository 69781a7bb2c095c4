// The program that carries out commands as a library, where there is one: in the place of a terminal and of signals.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "saddle/run/run_directory.h"

namespace saddle::cli {

/// What such a program hears of a command, and says to it. Every function is called on the thread that runs the
/// command.
struct Caller {
  /// How far a job is, as `ProgressLine` shows it; called at every step. It may throw, which ends what keeps nothing.
  std::function<void(const std::string& label, int64_t done, int64_t total, const std::string& rest)> progress;
  std::function<bool()> stop;                         // whether a job is to stop, and keep what it has; asked often
  std::function<void(const Record&)> record;          // what a run observes
  std::function<void(const std::string&)> complaint;  // a warning, or why a game failed: one line without its kind
};

/// The caller of the command that runs; null: the terminal.
const Caller* caller();

/// Makes it the caller while this object lives. Commands run one at a time.
class CallerScope {
 public:
  explicit CallerScope(const Caller& caller);  // takes its place
  ~CallerScope();
  CallerScope(const CallerScope&) = delete;             // one scope, one caller
  CallerScope& operator=(const CallerScope&) = delete;  // likewise
};

/// Lets the caller hear what a run observes, where there is one.
void let_caller_hear(RunDirectory& run);

/// Says "KIND: LINE" on stderr, or the line to the caller.
void complain(const std::string& kind, const std::string& line);

}  // namespace saddle::cli
