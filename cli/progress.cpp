// Implements the progress line.
#include "cli/progress.h"

#include <unistd.h>

#include <cstdio>

#include "cli/caller.h"

namespace saddle::cli {

ProgressLine::ProgressLine(bool quiet)
    : quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1), began_(std::chrono::steady_clock::now()), shown_(began_) {}

ProgressLine::~ProgressLine() { end(); }

void ProgressLine::show(const std::string& label, int64_t done, int64_t total, const std::string& rest, bool last) {
  if (caller() != nullptr) return caller()->progress(label, done, total, rest);
  using Seconds = std::chrono::duration<double>;
  const auto now = std::chrono::steady_clock::now();
  if (began_at_ < 0) {
    began_at_ = done;
    began_ = now;
  }
  if (quiet_) return;
  const bool due = Seconds(now - shown_).count() >= (terminal_ ? 0.1 : 10);
  if (!due && !(last && open_)) return;
  shown_ = now;
  const double speed = static_cast<double>(done - began_at_) / std::max(1e-3, Seconds(now - began_).count());
  std::string line = label + " " + count_text(done) + (total > 0 ? "/" + count_text(total) : "");
  if (speed > 0) {
    line += "  " + count_text(static_cast<int64_t>(speed)) + "/s";
    if (done < total) line += "  " + duration_text(static_cast<double>(total - done) / speed) + " left";
  }
  if (!rest.empty()) line += "  " + rest;
  std::fprintf(stderr, terminal_ ? "\r\033[K%s" : "%s\n", line.c_str());
  std::fflush(stderr);
  open_ = terminal_;
}

void ProgressLine::end() {
  if (open_) std::fputc('\n', stderr);
  open_ = false;
  began_at_ = -1;  // what comes is another job
}

std::string duration_text(double seconds) {
  const int64_t whole = std::lround(seconds);
  char text[64];
  if (whole >= 3600)
    std::snprintf(text, sizeof text, "%ld h %02ld min", static_cast<long>(whole / 3600),
                  static_cast<long>(whole / 60 % 60));
  else if (whole >= 60)
    std::snprintf(text, sizeof text, "%ld min %02ld s", static_cast<long>(whole / 60), static_cast<long>(whole % 60));
  else
    std::snprintf(text, sizeof text, "%ld s", static_cast<long>(whole));
  return text;
}

std::string count_text(int64_t count) {
  const std::string digits = std::to_string(count);
  std::string text;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0 && digits[i - 1] != '-') text += ',';
    text += digits[i];
  }
  return text;
}

}  // namespace saddle::cli
