// The entry of the part of the program that loads LibTorch.
#include "cli/commands.h"

extern "C" int saddle_run(const saddle::cli::Command& command) {
  return std::visit([](const auto& chosen) { return saddle::cli::run(chosen); }, command);
}
