// Sums in an order that does not depend on how many processes share them.
#pragma once
#include <cstdint>
#include <vector>

#include "saddle/base/tensor.h"

namespace saddle {

/// Adds tensors in pairs, the pairs in pairs, and so on: a binary tree over them in the order of their coming.
///
/// Floating-point addition depends on its order. Whoever adds 2^k neighbours of a longer list gets one node of the
/// tree over all of it; the nodes can then be added in pairs elsewhere, and the sum has the same bits however the list
/// was dealt out. Cost: log2(n) + 1 tensors are held.
class TreeSum {
 public:
  /// Adds the next tensor, which is kept and may be changed. Shapes: those of all others.
  void add(Tensor leaf);

  /// The sum of all; for a number of tensors that is no power of two the rest is added from the right.
  Tensor take();

 private:
  struct Node {
    int64_t leaves;
    Tensor sum;
  };
  std::vector<Node> nodes_;  // from the left; each has more leaves than the next
};

}  // namespace saddle
