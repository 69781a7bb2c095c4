// The command `saddle train`.
#include "cli/commands.h"
#include "saddle/base/error.h"

namespace saddle::cli {

int run(const TrainCommand&) { throw Error("saddle train: not there yet"); }

}  // namespace saddle::cli
