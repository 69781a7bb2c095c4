// The progress line of long jobs: one line that renews itself on a terminal, a line now and then elsewhere.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>

namespace saddle::cli {

/// Prints how far a job is on stderr.
class ProgressLine {
 public:
  explicit ProgressLine(bool quiet);
  ~ProgressLine();

  /// Shows "label done/total unit, speed, time left, rest", at most ten times a second on a terminal and every ten
  /// seconds elsewhere; tells the command's caller (caller.h) instead, at every call. A total of 0 is one that is not
  /// known; `last` brings a renewing line to its end.
  void show(const std::string& label, int64_t done, int64_t total, const std::string& rest, bool last = false);

  /// Ends the renewing line, so that other text begins on a line of its own, and the job, so that speeds are the next
  /// one's.
  void end();

 private:
  bool quiet_, terminal_, open_ = false;
  std::chrono::steady_clock::time_point began_, shown_;
  int64_t began_at_ = -1;  // what was done before this job took over
};

/// "2 min 05 s".
std::string duration_text(double seconds);

/// "1,234,567".
std::string count_text(int64_t count);

}  // namespace saddle::cli
