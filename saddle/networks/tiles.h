// Tiles of 2x2 pixels over pictures, which Winograd's filtering computes at once.
#pragma once
#include <cstdint>

#include "saddle/networks/simd.h"

namespace saddle {

/// Where the tiles of pictures of h x w pixels lie: tile t of picture b is at row t / across, column t % across, and
/// has the number b each + t. Where h or w is odd, the last tiles reach over the edge.
struct Tiles {
  /// For pictures of h x w pixels, both at least 1.
  Tiles(int64_t h, int64_t w) : height(h), width(w), across((w + 1) / 2), each((h + 1) / 2 * across) {}
  int64_t height, width, across, each;

  /// The pixels of `channels` numbers under a tile; those over the edge are `outside`.
  template <class Pixel>
  SADDLE_INLINE void pixels_under(int64_t tile, int64_t channels, Pixel* pictures, Pixel* outside,
                                  Pixel* (&pixels)[2][2]) const {
    const int64_t top = tile % each / across * 2, left = tile % across * 2;
    Pixel* picture = pictures + tile / each * height * width * channels;
    for (int64_t i = 0; i < 2; ++i)
      for (int64_t j = 0; j < 2; ++j)
        pixels[i][j] =
            top + i < height && left + j < width ? picture + ((top + i) * width + left + j) * channels : outside;
  }
};

}  // namespace saddle
