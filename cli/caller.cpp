// Implements the place of the program that carries out commands as a library.
#include "cli/caller.h"

#include <cstdio>

namespace saddle::cli {
namespace {

const Caller* present_caller = nullptr;

}  // namespace

const Caller* caller() { return present_caller; }

CallerScope::CallerScope(const Caller& caller) { present_caller = &caller; }

CallerScope::~CallerScope() { present_caller = nullptr; }

void let_caller_hear(RunDirectory& run) {
  if (present_caller != nullptr) run.listen(present_caller->record);
}

void complain(const std::string& kind, const std::string& line) {
  if (present_caller != nullptr)
    present_caller->complaint(line);
  else
    std::fprintf(stderr, "%s: %s\n", kind.c_str(), line.c_str());
}

}  // namespace saddle::cli
