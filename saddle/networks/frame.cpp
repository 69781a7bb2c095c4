// Implements the sizes inside a convolutional network.
#include "saddle/networks/frame.h"

#include <algorithm>

#include "saddle/base/error.h"

namespace saddle {
namespace {

void check_image_shape(const std::vector<int64_t>& shape, const char* family) {
  constexpr int64_t kSmallest = 8, kLargest = 256;
  const auto fits = [](int64_t side) { return side >= kSmallest && side <= kLargest; };
  if (shape.size() != 3 || shape[0] < 1 || shape[0] > 4 || !fits(shape[1]) || !fits(shape[2]))
    throw Error(c10::str(family, ": expected images of 1 to 4 channels and ", kSmallest, " to ", kLargest,
                         " pixels a side, got ", at::IntArrayRef(shape)));
}

/// The frame of h x w pixels over a grid of that many.
Frame frame_over(int64_t levels, int64_t coarse_height, int64_t coarse_width, const std::vector<int64_t>& shape) {
  Frame frame{.levels = levels, .coarse_height = coarse_height, .coarse_width = coarse_width};
  const int64_t down = (coarse_height << levels) - shape[1], across = (coarse_width << levels) - shape[2];
  frame.top = down / 2;
  frame.bottom = down - frame.top;
  frame.left = across / 2;
  frame.right = across - frame.left;
  return frame;
}

/// How many cells of 2^levels pixels cover a side.
int64_t cells(int64_t side, int64_t levels) { return (side + (int64_t{1} << levels) - 1) >> levels; }

}  // namespace

Tensor Frame::around(const Tensor& x) const {
  if (top + bottom + left + right == 0) return x;
  return at::replication_pad2d(x.contiguous(at::MemoryFormat::ChannelsLast), {left, right, top, bottom});
}

Tensor Frame::inside(const Tensor& x) const {
  return x.slice(2, top, x.size(2) - bottom).slice(3, left, x.size(3) - right);
}

GraphValue Frame::emit_around(OpGraph& graph, const GraphValue& x) const {
  if (top + bottom + left + right == 0) return x;
  const GraphValue pads = graph.constant(std::vector<int64_t>{0, 0, top, left, 0, 0, bottom, right});
  return graph.node("Pad", {x, pads}, {{"mode", "edge"}});
}

GraphValue Frame::emit_inside(OpGraph& graph, const GraphValue& x) const {
  if (top + bottom + left + right == 0) return x;
  const GraphValue rows = graph.slice(x, 2, top, (coarse_height << levels) - bottom);
  return graph.slice(rows, 3, left, (coarse_width << levels) - right);
}

Frame even_frame(const std::vector<int64_t>& shape, const char* family) {
  check_image_shape(shape, family);
  // 4 or 6 pixels at the coarsest: even sides, which the fast kernels want, and a frame as narrow as that allows
  int64_t base = 4, levels = 1;
  for (; base << levels < std::min(shape[1], shape[2]); base = base == 4 ? 6 : 4) levels += base == 6 ? 1 : 0;
  const auto coarse = [&](int64_t side) {
    const int64_t least = cells(side, levels);
    return std::max(base, least + least % 2);
  };
  return frame_over(levels, coarse(shape[1]), coarse(shape[2]), shape);
}

Frame smallest_frame(const std::vector<int64_t>& shape, const char* family) {
  check_image_shape(shape, family);
  int64_t levels = 1;
  while (std::min(shape[1], shape[2]) >> levels >= 8) ++levels;
  return frame_over(levels, cells(shape[1], levels), cells(shape[2], levels), shape);
}

std::vector<int64_t> channels_from_coarse(int64_t levels, int64_t width, int64_t most) {
  std::vector<int64_t> channels;
  for (int64_t level = 0, factor = 1; level < levels; ++level, factor = std::min(2 * factor, most))
    channels.insert(channels.begin(), width * factor);
  return channels;
}

Tensor flatten_pixels(const Tensor& x) { return x.permute({0, 2, 3, 1}).reshape({x.size(0), -1}); }

GraphValue emit_flatten_pixels(OpGraph& graph, const GraphValue& x) {
  return graph.node("Flatten", {graph.node("Transpose", {x}, {{"perm", std::vector<int64_t>{0, 2, 3, 1}}})});
}

GraphValue emit_coarsest(OpGraph& graph, const GraphValue& x, const Tensor& weight, const Frame& frame) {
  const int64_t height = frame.coarse_height, width = frame.coarse_width, channels = weight.size(0) / (height * width);
  const GraphValue flat = graph.node("Gemm", {x, graph.constant(weight)}, {{"transB", int64_t{1}}});
  const GraphValue grid =
      graph.node("Reshape", {flat, graph.constant(std::vector<int64_t>{-1, height, width, channels})});
  return graph.node("Transpose", {grid}, {{"perm", std::vector<int64_t>{0, 3, 1, 2}}});
}

}  // namespace saddle
