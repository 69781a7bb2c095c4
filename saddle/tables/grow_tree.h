// One decision tree of a column given others, grown on binned rows.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

namespace saddle {

/// A node of a tree: its rows go to one of two nodes by their bin in a column, or it is a leaf.
struct TreeNode {
  int64_t column = -1;                 // by which rows are told apart; -1: a leaf
  int64_t cut = -1;                    // bins up to it go to the first child; -1: those of the subset do
  int64_t next = 0;                    // the first child, before the second one; of a leaf its number
  std::array<int64_t, 2> subset = {};  // one bit a bin

  /// Whether rows with this bin, of kMostSubsetBins where there is a subset, go to the first child.
  bool takes(int64_t bin) const {
    if (cut >= 0) return bin <= cut;
    return (static_cast<uint64_t>(subset[static_cast<size_t>(bin >> 6)]) >> (bin & 63) & 1) != 0;
  }
};

constexpr int64_t kMostSubsetBins = 128;  // of a column without an order
constexpr int64_t kFewestLeafRows = 50;   // smaller leaves would give back the rows that they hold

/// A column's values as small numbers, which ascend with them where they have an order.
struct BinnedColumn {
  std::vector<uint16_t> bins;  // one a row
  int64_t count = 0;           // of different bins
  bool ordered = true;
};

/// A tree, and which rows are in which leaf.
struct GrownTree {
  std::vector<TreeNode> nodes;       // the root first; children stand behind their parents
  std::vector<int32_t> rows;         // leaf by leaf
  std::vector<int64_t> leaf_begins;  // where a leaf's rows begin; one more ends the last
};

/// Cuts values that stand in order into at most `most` groups with about equally many rows.
///
/// A value that many rows have gets a group of its own. `counts`: the rows of each value. Result: each value's group.
std::vector<int32_t> group_evenly(const std::vector<int64_t>& counts, int64_t most);

/// Grows a tree that tells the distribution of the column `target` by the columns `predictors`.
///
/// At each node the rows are put into at most 16 classes of the target: of an ordered one between quantiles of the
/// node's rows, else its most frequent levels. With F the shares of the classes, and where they have an order the
/// shares up to each, the split is taken that gains most,
///   gain = n1 n2 / n  sum_k (F1_k - F2_k)^2,
/// unless chance alone could gain as much: E gain = tr S and Var gain = 2 tr S^2 where the parts are drawn at random,
/// S_kl = F_min(k,l) - F_k F_l, and the gain must exceed that by 5 standard deviations. Levels without an order are
/// put into that of the first principal component of their F, and split as if it were theirs; those that are not among
/// the node's rows go where more rows do. A leaf has at least `leaf` rows.
/// Result: depends on the input alone. Cost: O(rows predictors depth) time, 8 bytes a row.
/// Source: Breiman et al. 1984, Classification and Regression Trees; Coppersmith, Hong and Hosking 1999, Partitioning
/// Nominal Attributes in Decision Trees.
GrownTree grow_tree(const std::vector<BinnedColumn>& columns, int64_t target, const std::vector<int64_t>& predictors,
                    int64_t leaf);

}  // namespace saddle
