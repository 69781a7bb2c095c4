// Implements the version, which the build passes in.
#include "saddle/base/version.h"

namespace saddle {

const char* version() { return SADDLE_VERSION; }

}  // namespace saddle
