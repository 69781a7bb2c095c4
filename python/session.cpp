// Implements commands carried out for Python.
#include "python/session.h"

#include <ATen/Parallel.h>
#include <nanobind/stl/string.h>
#include <unistd.h>

#include <mutex>

#include "cli/process.h"
#include "saddle/base/error.h"
#include "saddle/base/failure_text.h"

namespace saddle::python {
namespace {

using namespace std::chrono_literals;

/// A job was given up where it told its progress.
struct GivenUp : std::exception {};

std::timed_mutex one_command;  // at a time: threads, caller and signals are the process's

/// A process that is forked lacks the threads that its parent computes with, and would wait for them forever.
void refuse_fork() {
  static const pid_t began = getpid();
  if (getpid() == began) return;
  throw Error(
      "saddle: expected a process of its own, got one forked after saddle had computed (start processes by "
      "multiprocessing's method 'spawn')");
}

/// Gives the process back the number of threads that it had.
class ThreadsScope {
 public:
  ThreadsScope() : before_(at::get_num_threads()) {}
  ~ThreadsScope() { at::set_num_threads(before_); }
  ThreadsScope(const ThreadsScope&) = delete;
  ThreadsScope& operator=(const ThreadsScope&) = delete;

 private:
  int before_;
};

}  // namespace

Session::Session(Listeners listeners, Ending ending) : listeners_(std::move(listeners)), ending_(ending) {
  caller_.progress = [this](const auto& label, int64_t done, int64_t total, const auto& text) {
    show(label, done, total, text);
  };
  caller_.stop = [this] {
    look_for_signals();
    return is_to_stop_;
  };
  caller_.record = [this](const Record& record) { hear(record); };
  caller_.complaint = [this](const std::string& line) { complaints_.push_back(line); };
}

void Session::stop_with_failure() {
  is_to_stop_ = true;
  nb::python_error raised;  // takes it from Python
  if (!failure_) failure_.emplace(std::move(raised));
}

void Session::look_for_signals() {
  if (Clock::now() - looked_ < 50ms) return;
  looked_ = Clock::now();
  const nb::gil_scoped_acquire gil;
  if (PyErr_CheckSignals() == 0) return;
  ++interrupts_;
  stop_with_failure();
}

void Session::show(const std::string& label, int64_t done, int64_t total, const std::string& text) {
  look_for_signals();
  if (!listeners_.progress.is_none() && (Clock::now() - shown_ >= 100ms || (total > 0 && done >= total))) {
    shown_ = Clock::now();
    const nb::gil_scoped_acquire gil;
    try {
      listeners_.progress(label, done, total, text);
    } catch (nb::python_error& error) {
      error.restore();
      stop_with_failure();
    }
  }
  if (ending_ == Ending::keep ? interrupts_ > 1 : is_to_stop_) throw GivenUp();
}

void Session::hear(const Record& record) {
  if (listeners_.record.is_none()) return;
  const nb::gil_scoped_acquire gil;
  try {
    if (listeners_.record(record).is(nb::bool_(false))) is_to_stop_ = true;
  } catch (nb::python_error& error) {
    error.restore();
    stop_with_failure();
  }
}

void Session::carry_out(const std::function<void()>& work) {
  const nb::gil_scoped_release release;
  std::unique_lock<std::timed_mutex> turn(one_command, std::defer_lock);
  while (!turn.try_lock_for(50ms)) {
    look_for_signals();
    if (is_to_stop_) throw GivenUp();
  }
  const ThreadsScope threads;
  const cli::ComputingScope computing;
  const cli::CallerScope caller(caller_);
  work();
}

void Session::run(const std::function<void()>& work) {
  refuse_fork();
  bool given_up = false;
  try {
    carry_out(work);
  } catch (const GivenUp&) {
    given_up = true;
  } catch (const Error&) {
    if (!failure_) throw;
  } catch (const nb::python_error&) {
    throw;
  } catch (const std::exception& error) {
    if (!failure_) throw Error(failure_text(error));
  }
  if (!failure_) return;
  if (given_up || ending_ == Ending::give_up || !failure_->matches(PyExc_KeyboardInterrupt)) throw *failure_;
}

}  // namespace saddle::python
