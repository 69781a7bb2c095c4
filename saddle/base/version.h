// The version of this library.
#pragma once

namespace saddle {

/// Saddle's version, e.g. "0.1.0".
const char* version();

/// The version of the run directory's format (docs/formats.md); a reader refuses a newer one.
constexpr int kFormatVersion = 2;

}  // namespace saddle
