// The command `saddle data`.
#include "cli/commands.h"
#include "saddle/base/error.h"

namespace saddle::cli {

int run(const DataCommand&) { throw Error("saddle data: not there yet"); }

}  // namespace saddle::cli
