// Grey from colour.
#pragma once
#include <cstdint>

namespace saddle {

/// Returns the brightness of a pixel's three bytes: 0.299 R + 0.587 G + 0.114 B, rounded (ITU-R BT.601).
inline uint8_t luma(const uint8_t* rgb) {
  return static_cast<uint8_t>((19595 * rgb[0] + 38470 * rgb[1] + 7471 * rgb[2] + 32768) >> 16);
}

}  // namespace saddle
