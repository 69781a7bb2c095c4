// Implements printing without LibTorch: the launcher and the program both have it.
#include "cli/output.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <system_error>

#include "saddle/base/error.h"
#include "saddle/base/failure_text.h"

namespace saddle::cli {
namespace {

[[noreturn]] void end_uncaught() {
  std::string text = "an end that nobody asked for";
  if (const std::exception_ptr current = std::current_exception()) {
    try {
      std::rethrow_exception(current);
    } catch (const std::exception& error) {
      text = failure_text(error);
    } catch (...) {
      text = "an exception of a kind that is not known";
    }
  }
  std::fprintf(stderr, "error: %s\n", text.c_str());
  std::_Exit(1);
}

}  // namespace

void guard_streams() {
  // each is opened the wrong way round, so that its first use fails as that of a closed one does
  for (const auto& [descriptor, flags] :
       {std::pair{STDIN_FILENO, O_WRONLY}, {STDOUT_FILENO, O_RDONLY}, {STDERR_FILENO, O_RDONLY}})
    if (::fcntl(descriptor, F_GETFD) < 0) (void)!::open("/dev/null", flags);  // takes the lowest free number
}

void print_text(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) return;
  const int code = errno;
  if (code == EPIPE) {  // the signal was ignored by whoever started us
    std::signal(SIGPIPE, SIG_DFL);
    std::raise(SIGPIPE);
  }
  throw Error("stdout: expected to print there, got: " + std::generic_category().message(code));
}

void explain_uncaught() { std::set_terminate(end_uncaught); }

}  // namespace saddle::cli
