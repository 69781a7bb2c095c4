// Boosted regression trees on histograms: fitted to the logistic loss, applied, and kept.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "saddle/critics/critic.h"

namespace saddle {

/// How closely trees look.
struct Fineness {
  int leaves;              // of a tree
  int64_t most_bins;       // of a column; of all columns together four times as many
  int64_t binned_rows;     // of which the bins are quantiles
  int64_t columns_a_tree;  // of more columns, drawn anew for each
};

/// Boosted trees as a function from columns to log-odds.
class BoostedTrees {
 public:
  /// Fits them to the logistic loss of rows whose `x` are the columns, and stops where V on `held` no longer grows.
  ///
  /// Each tree splits, best first, on histograms of the columns; its leaves take Newton steps. Rows and columns are
  /// sampled for each tree. There are at most 400 trees, of which `progress` hears; what it throws ends the fit. Cost:
  /// O(trees rows columns) time, 4 bytes a number of both sides beside them. Source: Friedman 2002, Stochastic Gradient
  /// Boosting; Ke et al. 2017, LightGBM.
  static BoostedTrees fit(const Labelled& train, const Labelled& held, uint64_t seed, const Fineness& fineness,
                          const std::function<void(int64_t trees, int64_t most)>& progress = {});

  /// Shapes: columns [n, d] float32; result [n] float32.
  Tensor operator()(const Tensor& columns) const;

  /// The numbers of columns that it was fitted on.
  int64_t columns() const { return static_cast<int64_t>(edges_.size()); }

  TensorMap state() const;  // all that `of` needs
  /// Throws: Error, beginning with `where`, for what is no such state.
  static BoostedTrees of(const TensorMap& state, const std::string& where);

  /// A node of a tree: a leaf where its column is -1.
  struct Node {
    int column = -1;
    uint16_t bin = 0;  // rows with a smaller bin go left
    int left = 0, right = 0;
    float value = 0;
  };
  using Tree = std::vector<Node>;                 // the root first, children behind their parents
  using Edges = std::vector<std::vector<float>>;  // the upper edges of each column's bins

 private:
  Edges edges_;
  std::vector<Tree> trees_;
};

}  // namespace saddle
