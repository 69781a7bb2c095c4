// Chooses the few colours of pictures that have no room for all of them.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "saddle/base/tensor.h"

namespace saddle {

using Palette = std::vector<std::array<uint8_t, 3>>;  // 1 to 256 colours

/// The colours that stand for those of all pictures: these themselves where there are at most 256, else 256 by median
/// cut of their 15-bit histogram: the box with the largest sum of squares along one channel is cut at its mean there.
///
/// Shapes: pictures uint8 [H, W, 3], contiguous.
/// Source: Heckbert 1982, Color image quantization for frame buffer display.
Palette make_palette(const std::vector<Tensor>& pictures);

/// Finds the nearest colours of a palette.
class PaletteIndex {
 public:
  explicit PaletteIndex(Palette palette);  // takes 32 MB

  /// The number of the nearest colour of each pixel. Shapes: picture uint8 [H, W, 3], contiguous; result uint8 [H, W].
  Tensor of(const Tensor& picture);

 private:
  Palette palette_;
  std::vector<int16_t> nearest_;  // of each 24-bit colour; -1: not looked for yet
};

}  // namespace saddle
