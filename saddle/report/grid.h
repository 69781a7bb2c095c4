// Lays samples out as one picture.
#pragma once
#include <cstdint>
#include <vector>

#include "saddle/base/tensor.h"

namespace saddle {

/// Tiles images into one picture with thin gaps, row by row.
///
/// Shapes: x [n, C, H, W] float in [-1, 1]; result uint8 [height, width, C]. Small images are enlarged by a
/// whole factor, so that a cell is at least `min_cell` pixels wide.
Tensor image_grid(const Tensor& x, int64_t columns, int64_t min_cell = 48);

/// The same in groups, of which each begins a new row: `lengths` are their sizes, which sum to n.
Tensor image_rows(const Tensor& x, const std::vector<int64_t>& lengths, int64_t columns, int64_t min_cell = 48);

/// Draws a scatter plot of the first two coordinates of real (grey) and fake (coloured) points; for d = 1 two
/// histograms.
///
/// Shapes: real [n, d], fake [m, d]; result uint8 [pixels, pixels, 3]. The frame is that of `real`, 10 %
/// wider.
Tensor point_plot(const Tensor& real, const Tensor& fake, int64_t pixels = 480);

}  // namespace saddle
