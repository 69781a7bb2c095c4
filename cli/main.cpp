// The program `saddle`: reads the command line, and loads LibTorch and the commands only when there is work to do.
#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "cli/commands.h"
#include "saddle/base/error.h"

namespace {

/// Loads libsaddle-program.so, which lies beside this program or in ../lib, and runs the command in it.
int run_command(const saddle::cli::Command& command) {
  const auto here = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  std::string path = here / "libsaddle-program.so";
  if (!std::filesystem::exists(path)) path = here.parent_path() / "lib" / "libsaddle-program.so";
  // libgomp reads this when it is loaded. By default its threads spin while they wait for each other, which on a busy
  // machine made two threads fifteen times slower; waking a thread that sleeps costs far less than one of our
  // operations.
  setenv("GOMP_SPINCOUNT", "2000", /*overwrite=*/0);
  void* program = dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (program == nullptr) throw saddle::Error("saddle: expected to load LibTorch, got: " + std::string(dlerror()));
  auto* run = reinterpret_cast<int (*)(const saddle::cli::Command&)>(dlsym(program, "saddle_run"));
  if (run == nullptr) throw saddle::Error(path + ": expected the commands of this saddle, got another file");
  return run(command);
}

/// The first line of a message: LibTorch appends backtraces to its own.
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

int main(int argc, char** argv) {
  try {
    saddle::cli::Command command;
    if (!saddle::cli::parse(argc, argv, command)) return 0;
    return run_command(command);
  } catch (const saddle::UsageError& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", first_line(error.what()).c_str());
    return 1;
  }
}
