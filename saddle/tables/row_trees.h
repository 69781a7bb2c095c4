// Rows of tables drawn column by column, each column by a decision tree on those before it.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "saddle/base/rng.h"
#include "saddle/base/tensor.h"
#include "saddle/tables/grow_tree.h"
#include "saddle/tables/table_codec.h"

namespace saddle {

/// How trees are fitted.
struct RowTreesOptions {
  int64_t leaf = kFewestLeafRows;                                  // rows of a leaf, at least
  std::function<void(int64_t columns, int64_t of)> progress = {};  // after each column; what it throws ends the fit
};

/// A generator of rows by sequential trees.
///
///   Q(x) = prod_j Q_j(x_j | x_1 .. x_{j-1}),   each Q_j by the leaves of a tree on the columns before j
///
/// Columns of few levels come first and numbers last, whatever their order in the table: then all others are drawn
/// given a class with its two levels, and not the class at the end of a chain of draws. A leaf draws levels, missing,
/// and numbers that at least 10 training rows share, by their counts. Another number of the leaf's moves by up to half
/// of the gap to the nearer of its neighbours there, and to the column's step: few are a training row's own. Of a
/// category's rarer levels (ColumnPlan::rest) each comes by its share of all rows. Keys are NaN.
/// Source: Reiter 2005, Using CART to Generate Partially Synthetic Public Use Microdata.
class RowTrees {
 public:
  /// Fits to the rows that the codec learnt from. Shapes: rows [n, c] float64.
  ///
  /// Throws: Error where options.leaf is below kFewestLeafRows, there is no row, or one is not of this codec.
  /// Cost: O(n c^2 log n) time, 2 n c + 40 n bytes.
  static RowTrees fit(const Tensor& rows, std::shared_ptr<const TableCodec> codec, const RowTreesOptions& options = {});

  /// Draws rows, the first of which do not depend on n. Shapes: result [n, c] float64. Cost: O(n c log n).
  Tensor sample(int64_t n, Rng& rng) const;

  int64_t leaf_count() const { return static_cast<int64_t>(leaf_items_.size()) - 1; }  // of all trees

  /// All that `from_state` needs beside the codec.
  TensorMap state() const;

  /// The trees that `state` gave. Throws: Error, beginning with `where`, for what no trees of such columns are.
  static RowTrees from_state(const TensorMap& tensors, std::shared_ptr<const TableCodec> codec,
                             const std::string& where);

 private:
  /// A column that has a tree, and where its own begin in the lists of all.
  struct Drawn {
    int64_t column = -1, node = 0, level = 0, edge = 0;
  };
  /// A level that a leaf draws, and how many of the leaf's rows have it or one before it in the leaf. A level beyond
  /// the column's is for what has none.
  struct Item {
    int64_t level = 0, rows = 0;
  };

  explicit RowTrees(std::shared_ptr<const TableCodec> codec);
  const ColumnPlan& plan_of(size_t index) const { return codec_->columns()[static_cast<size_t>(drawn_[index].column)]; }
  int64_t level_count(size_t index) const { return drawn_[index + 1].level - drawn_[index].level; }
  int64_t level_of(size_t index, double value) const;
  int64_t bin_of(size_t index, double value) const;
  BinnedColumn add_column(int64_t column, const double* values, int64_t n);
  void add_tree(GrownTree tree, const double* values);
  void add_leaf(size_t index, const std::vector<double>& sorted);
  void sum_rest();
  double draw(size_t index, int64_t leaf, double u, double v) const;
  double draw_number(size_t index, int64_t leaf, double u) const;
  void check_columns(const std::string& where) const;
  void check_nodes(size_t index, const std::string& where) const;
  void check_leaf(size_t index, int64_t leaf, const std::string& where) const;

  std::shared_ptr<const TableCodec> codec_;
  std::vector<Drawn> drawn_ = std::vector<Drawn>(1);  // as they are drawn; one more ends the lists
  std::vector<TreeNode> nodes_;                       // their columns count as in drawn_
  std::vector<double> levels_;                        // values that leaves count: ascending in a column, missing last
  std::vector<double> edges_;                         // between a number's bins: ascending in a column
  std::vector<int64_t> leaf_items_ = {0};             // where a leaf's items begin; one more ends the last
  std::vector<Item> items_;
  std::vector<int64_t> leaf_values_ = {0};      // likewise
  std::vector<double> values_;                  // a leaf's numbers without a level, ascending
  std::vector<std::vector<double>> rest_sums_;  // of the shares of a category's rarer levels, as in drawn_
};

}  // namespace saddle
