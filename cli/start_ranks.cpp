// Implements the starting of several processes of this program on this machine, and the wait for their end.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "cli/caller.h"
#include "cli/ranks.h"
#include "cli/signals.h"
#include "saddle/base/error.h"
#include "saddle/distributed/gloo_group.h"

namespace saddle::cli {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds kGrace{10};  // that the others have once one has failed

/// One process.
struct Child {
  pid_t pid = -1;
  int says = -1;  // a file in memory that takes its stderr; -1: it has that of this process
  int status = 0;
  bool ended = false;

  bool failed() const { return ended && status != 0; }
  bool killed() const { return ended && WIFSIGNALED(status); }
};

std::vector<std::string> own_arguments() {
  std::vector<std::string> arguments;
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  for (std::string argument; std::getline(file, argument, '\0');) arguments.push_back(argument);
  return arguments;
}

std::vector<std::string> environment_of(int64_t rank, int64_t size, int64_t port) {
  const std::map<std::string, std::string> own = {
      {"RANK", std::to_string(rank)}, {"LOCAL_RANK", std::to_string(rank)},  {"WORLD_SIZE", std::to_string(size)},
      {"MASTER_ADDR", "127.0.0.1"},   {"MASTER_PORT", std::to_string(port)}, {"TORCHELASTIC_USE_AGENT_STORE", "True"},
      {"TORCHELASTIC_RUN_ID", "run"}, {"TORCHELASTIC_RESTART_COUNT", "0"},   {"NCCL_SOCKET_IFNAME", "lo"}};
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (own.count(text.substr(0, text.find('='))) == 0) all.push_back(text);
  }
  for (const auto& [name, value] : own) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> argument_pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  all.reserve(texts.size() + 1);
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

Child start_rank(int64_t rank, int64_t size, int64_t port) {
  std::vector<std::string> arguments = own_arguments(), environment = environment_of(rank, size, port);
  std::vector<char*> argv = argument_pointers(arguments), envp = argument_pointers(environment);
  Child child;
  if (rank > 0) child.says = memfd_create("stderr", MFD_CLOEXEC);
  const pid_t parent = getpid();
  child.pid = fork();
  if (child.pid < 0) throw Error("--ranks: expected another process, got none: " + std::string(strerror(errno)));
  if (child.pid > 0) return child;
  // between fork and exec only what is safe in the copy of a process with several threads
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  setpgid(0, 0);  // Ctrl-C reaches this process alone, which passes it on to the first rank
  if (getppid() != parent) _exit(1);
  if (child.says >= 0) dup2(child.says, STDERR_FILENO);
  execve("/proc/self/exe", argv.data(), envp.data());
  _exit(127);
}

/// The last line that a process said of itself.
std::string last_line(const Child& child) {
  if (child.says < 0) return "";
  std::string text(4096, '\0');
  const off_t size = lseek(child.says, 0, SEEK_END);
  const ssize_t got = pread(child.says, text.data(), text.size(), std::max<off_t>(0, size - 4096));
  text.resize(static_cast<size_t>(std::max<ssize_t>(0, got)));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  const size_t begin = text.rfind('\n');
  std::string line = begin == std::string::npos ? text : text.substr(begin + 1);
  if (line.starts_with("error: ")) line.erase(0, std::strlen("error: "));
  return line;
}

std::string how_it_ended(int64_t rank, const Child& child, const std::string& advice) {
  const std::string name = "ranks: rank " + std::to_string(rank);
  if (child.killed())
    return name + " was killed by signal " + std::to_string(WTERMSIG(child.status)) + " (" +
           strsignal(WTERMSIG(child.status)) + ")" + (advice.empty() ? "" : "; " + advice);
  std::string line = last_line(child);
  if (line.starts_with("ranks: ")) return line;
  return line.empty() ? name + " ended with the exit code " + std::to_string(WEXITSTATUS(child.status))
                      : name + ": " + line;
}

class Children {
 public:
  Children(int64_t size, std::string advice) : advice_(std::move(advice)) {
    for (int64_t rank = 0; rank < size; ++rank) all_.push_back(start_rank(rank, size, store_.port()));
  }

  int wait() {
    while (running() > 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      if (forwarded_ == 0 && stop_signal() != 0) {
        forwarded_ = stop_signal();  // the first rank decides
        if (!all_[0].ended) kill(all_[0].pid, forwarded_);
      }
      for (size_t r = 0; r < all_.size(); ++r) look(r);
      if (first_failed_ >= 0 && SteadyClock::now() - failed_at_ > kGrace)
        for (Child& child : all_)
          if (!child.ended) kill(child.pid, SIGKILL);
    }
    return result();
  }

 private:
  int64_t running() const {
    return std::count_if(all_.begin(), all_.end(), [](const Child& child) { return !child.ended; });
  }

  void look(size_t rank) {
    Child& child = all_[rank];
    if (child.ended || waitpid(child.pid, &child.status, WNOHANG) != child.pid) return;
    child.ended = true;
    if (!child.failed() || first_failed_ >= 0) return;
    first_failed_ = static_cast<int64_t>(rank);
    failed_at_ = SteadyClock::now();
    store_.tell("run/0", first_failed_, how_it_ended(first_failed_, child, advice_));
  }

  int result() const {
    if (first_failed_ < 0) return 0;
    const Child& first = all_[0];
    if (first.killed() && WTERMSIG(first.status) == forwarded_) return 128 + forwarded_;  // as it was asked to end
    // the first rank has said what befell it, unless it was killed
    if (first.killed() || !first.failed())
      throw Error(how_it_ended(first_failed_, all_[static_cast<size_t>(first_failed_)], advice_));
    return WEXITSTATUS(first.status);
  }

  std::string advice_;
  LocalStore store_;
  std::vector<Child> all_;
  int forwarded_ = 0;  // the signal that asks this process to stop, once the first rank has it
  int64_t first_failed_ = -1;
  SteadyClock::time_point failed_at_;
};

}  // namespace

int start_ranks(int64_t ranks, const std::string& advice) {
  if (caller() != nullptr) throw UsageError("--ranks: expected one process in a Python session, got several");
  const Group numbers(0, ranks);  // refuses those that make no tree
  catch_stop_signals();
  return Children(ranks, advice).wait();
}

}  // namespace saddle::cli
