// The command `saddle report`.
#include "cli/commands.h"
#include "saddle/base/error.h"

namespace saddle::cli {

int run(const ReportCommand&) { throw Error("saddle report: not there yet"); }

}  // namespace saddle::cli
