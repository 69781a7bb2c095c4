// The sizes of images inside a convolutional network: some grid, doubled some times, that holds the image.
#pragma once
#include <cstdint>
#include <vector>

#include "saddle/base/tensor.h"
#include "saddle/networks/graph.h"

namespace saddle {

/// The sizes inside: the coarsest grid, `levels` times doubled, holds the image, with a frame around it where it must.
struct Frame {
  int64_t levels = 0, coarse_height = 0, coarse_width = 0;  // the coarsest grid
  int64_t top = 0, bottom = 0, left = 0, right = 0;         // pixels of the frame

  /// Adds the frame to images [n, c, h, w], in the colours of their border.
  Tensor around(const Tensor& x) const;

  /// Cuts the frame off.
  Tensor inside(const Tensor& x) const;

  GraphValue emit_around(OpGraph& graph, const GraphValue& x) const;  // as `around`
  GraphValue emit_inside(OpGraph& graph, const GraphValue& x) const;  // as `inside`
};

/// The frame of images {C, H, W} over a grid of 4 or 6 pixels on the shorter side, and an even number on the longer.
///
/// Throws: Error, beginning with the family's name, for a shape of other than 1 to 4 channels or 8 to 256 pixels.
Frame even_frame(const std::vector<int64_t>& shape, const char* family);

/// The frame over the smallest grid that fits, of 4 to 8 pixels on the shorter side: 28 = 4 * 7 and 40 = 8 * 5 need
/// none. Throws: as `even_frame`.
Frame smallest_frame(const std::vector<int64_t>& shape, const char* family);

/// Channels of the layers from the coarsest one up to half the image's side: `width` at the finest, each coarser one
/// twice as many, up to `most` times that number.
std::vector<int64_t> channels_from_coarse(int64_t levels, int64_t width, int64_t most);

/// [n, c, h, w] as [n, h w c], without copying where channels are last.
Tensor flatten_pixels(const Tensor& x);

/// The same as operators of a graph.
GraphValue emit_flatten_pixels(OpGraph& graph, const GraphValue& x);

/// The coarsest grid [n, c, h, w] out of x by a weight [h w c, in], as operators of a graph.
GraphValue emit_coarsest(OpGraph& graph, const GraphValue& x, const Tensor& weight, const Frame& frame);

}  // namespace saddle
