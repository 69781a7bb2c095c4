// Implements sums by a tree.
#include "saddle/distributed/tree_sum.h"

#include <utility>

namespace saddle {

void TreeSum::add(Tensor leaf) {
  nodes_.push_back({1, std::move(leaf)});
  while (nodes_.size() > 1 && nodes_[nodes_.size() - 2].leaves == nodes_.back().leaves) {
    const Node right = std::move(nodes_.back());
    nodes_.pop_back();
    nodes_.back().sum.add_(right.sum);
    nodes_.back().leaves += right.leaves;
  }
}

Tensor TreeSum::take() {
  Tensor sum = std::move(nodes_.back().sum);
  nodes_.pop_back();
  for (; !nodes_.empty(); nodes_.pop_back()) sum = nodes_.back().sum.add_(sum);
  return sum;
}

}  // namespace saddle
