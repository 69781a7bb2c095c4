// The command `saddle sample`.
#include "cli/commands.h"
#include "saddle/base/error.h"

namespace saddle::cli {

int run(const SampleCommand&) { throw Error("saddle sample: not there yet"); }

}  // namespace saddle::cli
