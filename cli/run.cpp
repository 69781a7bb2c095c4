// The entry of the part of the program that loads LibTorch, and what the program sets for the whole process.
#include <ATen/Context.h>
#include <c10/util/Exception.h>
#include <malloc.h>

#include "cli/commands.h"

namespace {

/// LibTorch's warnings are about how it is called, and say nothing to a user.
class NoWarnings final : public c10::WarningHandler {
 public:
  void process(const c10::Warning&) override {}
};

/// Keeps freed memory instead of giving it back after every step, and computes with denormals as zero; both must come
/// before the first parallel operation.
void set_up_process() {
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_TOP_PAD, 64 << 20);
  at::globalContext().setFlushDenormal(true);
  static NoWarnings none;
  c10::WarningUtils::set_warning_handler(&none);
}

}  // namespace

extern "C" const char* saddle_program_version() { return SADDLE_VERSION; }

extern "C" int saddle_run(const saddle::cli::Command& command) {
  set_up_process();
  return std::visit([](const auto& chosen) { return saddle::cli::run(chosen); }, command);
}
