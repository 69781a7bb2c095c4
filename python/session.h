// A command of the program carried out for Python: without the GIL, with Ctrl-C, and with errors of one family.
#pragma once
#include <nanobind/nanobind.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/caller.h"

namespace saddle::python {

namespace nb = nanobind;

/// What Python gives to a command beside its arguments; None stands for nobody.
struct Listeners {
  nb::object progress;  // called with (label, done, total, text), at most ten times a second
  nb::object record;    // called with each Record; False asks to stop
};

/// One command. Constructed, used and destroyed with the GIL.
class Session {
 public:
  /// Whether an interrupted command keeps what it has, as training does, or is given up.
  enum class Ending { keep, give_up };

  Session(Listeners listeners, Ending ending);

  /// Calls `work` without the GIL, after commands of other threads.
  ///
  /// Ctrl-C makes a command that keeps nothing end with KeyboardInterrupt, and one that keeps stop by itself: a second
  /// Ctrl-C gives it up too. What a listener throws ends the command likewise, and is thrown. Throws: Error as the
  /// command, for a process that was forked off one that computed, and in place of any other exception.
  void run(const std::function<void()>& work);

  const std::vector<std::string>& complaints() const { return complaints_; }  // one line each

 private:
  using Clock = std::chrono::steady_clock;

  void look_for_signals();
  void show(const std::string& label, int64_t done, int64_t total, const std::string& text);
  void hear(const Record& record);
  void stop_with_failure();
  void carry_out(const std::function<void()>& work);

  Listeners listeners_;
  Ending ending_;
  cli::Caller caller_;
  Clock::time_point looked_{}, shown_{};
  bool is_to_stop_ = false;
  int interrupts_ = 0;  // signals that raised something
  std::optional<nb::python_error> failure_;
  std::vector<std::string> complaints_;
};

}  // namespace saddle::python
