// EfficientNet-Lite, for features: inference alone, with weights from a file.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "saddle/networks/network.h"

namespace saddle {

/// What decides the architecture.
struct EfficientNetOptions {
  /// Blocks of one kind, one after the other.
  struct Stage {
    int64_t blocks, kernel, stride, expansion, channels;  // the first block alone has the stride
  };
  int64_t stem = 32;    // channels of the first convolution
  int64_t head = 1280;  // channels of the last one: numbers an image
  std::vector<Stage> stages = {{1, 3, 1, 1, 16},  {2, 3, 2, 6, 24},  {2, 5, 2, 6, 40}, {3, 3, 2, 6, 80},
                               {3, 5, 1, 6, 112}, {4, 5, 2, 6, 192}, {1, 3, 1, 6, 320}};  // Lite0
};

/// The network without its classifier: from images to the means over all places of the last convolution's channels.
///
/// Blocks are inverted bottlenecks: 1x1 to `expansion` times the channels, a depthwise convolution, 1x1 to the new
/// number; with ReLU6 between and none at the end, and the input added where it has the same shape. Batch norm has the
/// epsilon 1e-3 and the running moments. Padding is TensorFlow's 'same': the odd pixel goes to the right and bottom.
/// All weights begin as zero, and come by `set_state` under the names of PyTorch's ports (`_blocks.3._bn1.weight`).
/// Shapes: x [n, 3, h, w], result [n, head].
/// Source: Tan and Le 2019, EfficientNet; the Lite networks leave out squeeze-and-excitation and have ReLU6 for swish.
std::unique_ptr<Network> make_efficientnet(const EfficientNetOptions& options);

}  // namespace saddle
