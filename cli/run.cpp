// The entry of the part of the program that loads LibTorch.
#include "cli/commands.h"
#include "cli/process.h"

extern "C" const char* saddle_program_version() { return SADDLE_VERSION; }

extern "C" int saddle_run(const saddle::cli::Command& command) {
  const saddle::cli::ComputingScope scope;
  return std::visit([](const auto& chosen) { return saddle::cli::run(chosen); }, command);
}
