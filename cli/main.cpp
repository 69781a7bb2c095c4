// The program `saddle`: reads the command line, and loads LibTorch and the commands only when there is work to do.
#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "cli/commands.h"
#include "cli/output.h"
#include "saddle/base/error.h"
#include "saddle/base/failure_text.h"
#include "saddle/base/version.h"

namespace {

/// libsaddle-program.so, which lies beside this program or in ../lib.
std::string program_path() {
  const auto here = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  std::string path = here / "libsaddle-program.so";
  if (!std::filesystem::exists(path)) path = here.parent_path() / "lib" / "libsaddle-program.so";
  return path;
}

/// The loader's complaint, which names symbols in the compiler's spelling.
std::string load_reason(const std::string& text) {
  if (text.find("undefined symbol") != std::string::npos || text.find("version `") != std::string::npos)
    return "another LibTorch than it was built with (build Saddle again with this one)";
  return text;
}

/// Loads the commands and runs the one that was asked for.
int run_command(const saddle::cli::Command& command) {
  const std::string path = program_path(), expected = path + ": expected the commands of saddle " + saddle::version();
  // libgomp reads this when it is loaded. By default its threads spin while they wait for each other, which on a busy
  // machine made two threads fifteen times slower; waking a thread that sleeps costs far less than one of our
  // operations.
  setenv("GOMP_SPINCOUNT", "2000", /*overwrite=*/0);
  void* program = dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (program == nullptr) throw saddle::Error(expected + " and LibTorch, got: " + load_reason(dlerror()));
  auto* version = reinterpret_cast<const char* (*)()>(dlsym(program, "saddle_program_version"));
  auto* run = reinterpret_cast<int (*)(const saddle::cli::Command&)>(dlsym(program, "saddle_run"));
  if (version == nullptr || run == nullptr) throw saddle::Error(expected + ", got another library");
  if (std::string(version()) != saddle::version())
    throw saddle::Error(expected + ", got those of " + version() + " (install both parts of one version)");
  return run(command);
}

}  // namespace

int main(int argc, char** argv) {
  saddle::cli::guard_streams();
  saddle::cli::explain_uncaught();
  try {
    saddle::cli::Command command;
    if (!saddle::cli::parse(argc, argv, command)) return 0;
    return run_command(command);
  } catch (const saddle::UsageError& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", saddle::failure_text(error).c_str());
    return 1;
  }
}
