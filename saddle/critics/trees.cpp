// Implements gradient-boosted trees on histograms.
#include "saddle/critics/trees.h"

#include <numeric>
#include <queue>
#include <random>

#include "saddle/base/rng.h"

namespace saddle {
namespace {

constexpr int kMostTrees = 400;        // at most
constexpr int kPatience = 20;          // trees without a larger V on held-out rows before it stops
constexpr double kRate = 0.12;         // of a Newton step
constexpr double kRidge = 4;           // on a leaf's value, in rows at even odds
constexpr double kLeafWeight = 2.5;    // least curvature in a leaf: 10 rows at even odds
constexpr double kRowShare = 0.6;      // of the rows, for each tree
constexpr int64_t kFewColumns = 12;    // up to here the decorrelated columns are shown too
constexpr int64_t kColumnsATree = 10;  // of more columns, drawn anew for each

/// How closely trees look.
struct Fineness {
  int leaves;           // of a tree
  int64_t most_bins;    // of a column; of all columns together four times as many
  int64_t binned_rows;  // of which the bins are quantiles
};
constexpr Fineness kCoarseTrees{16, 1024, 12'000}, kFine{128, 12'000, 1'000'000};

struct Sums {
  float gradient = 0, curvature = 0;
};

/// The upper edges of each column's bins, at quantiles of the rows.
struct Bins {
  std::vector<std::vector<float>> edges;
  int64_t columns() const { return static_cast<int64_t>(edges.size()); }
};

/// The columns that trees see.
Tensor tree_columns(const Labelled& rows) {
  std::vector<Tensor> parts = {rows.x};
  const int64_t d = rows.white.size(1);
  if (d > 1 && d <= kFewColumns) parts.push_back(rows.white);
  if (d > 1) parts.push_back(rows.white.norm(2, 1, true));
  return at::cat(parts, 1);
}

Bins choose_bins(const Tensor& columns, const Fineness& fineness) {
  const int64_t most = std::clamp<int64_t>(4 * fineness.most_bins / columns.size(1), 48, fineness.most_bins);
  const Tensor some = columns.slice(0, 0, std::nullopt, 1 + columns.size(0) / fineness.binned_rows);
  const Tensor sorted = std::get<0>(some.t().contiguous().sort(1));
  const int64_t n = sorted.size(1);
  Bins bins;
  for (int64_t c = 0; c < sorted.size(0); ++c) {
    const float* values = sorted[c].data_ptr<float>();
    std::vector<float> edges;
    for (int64_t b = 1; b < most; ++b) {
      const float edge = values[std::min(n - 1, b * n / most)];
      if (edges.empty() ? edge > values[0] : edge > edges.back()) edges.push_back(edge);
    }
    bins.edges.push_back(std::move(edges));
  }
  return bins;
}

/// Bin b holds edges[b - 1] <= x < edges[b]. Result: row-major.
std::vector<uint16_t> bin_rows(const Bins& bins, const Tensor& columns) {
  const Tensor x = columns.contiguous();
  const int64_t n = x.size(0), d = x.size(1);
  const float* values = x.data_ptr<float>();
  std::vector<uint16_t> result(static_cast<size_t>(n * d));
  for (int64_t c = 0; c < d; ++c) {
    const auto& edges = bins.edges[static_cast<size_t>(c)];
    for (int64_t i = 0; i < n; ++i)
      result[static_cast<size_t>(i * d + c)] =
          static_cast<uint16_t>(std::upper_bound(edges.begin(), edges.end(), values[i * d + c]) - edges.begin());
  }
  return result;
}

struct Node {
  int column = -1;   // -1: a leaf
  uint16_t bin = 0;  // rows with a smaller bin go left
  int left = 0, right = 0;
  float value = 0;
};

using Tree = std::vector<Node>;

float leaf_of(const Tree& tree, const uint16_t* row) {
  const Node* node = tree.data();
  while (node->column >= 0) node = &tree[static_cast<size_t>(row[node->column] < node->bin ? node->left : node->right)];
  return node->value;
}

struct TreeSplit {
  double gain = 0;
  int column = -1;
  uint16_t bin = 0;
};

/// A leaf that may still be split.
struct Open {
  int node;
  int64_t begin, end;  // its rows
  std::vector<Sums> histogram;
  Sums total;
  TreeSplit split;
  bool operator<(const Open& other) const { return split.gain < other.split.gain; }
};

class TreeGrower {
 public:
  TreeGrower(const Bins& bins, const std::vector<uint16_t>& binned) : binned_(binned), columns_(bins.columns()) {
    for (const auto& edges : bins.edges) {
      offsets_.push_back(static_cast<int>(width_));
      widths_.push_back(static_cast<int>(edges.size()) + 1);
      width_ += edges.size() + 1;
    }
  }

  /// Grows one tree on some rows (which it reorders) and some columns.
  Tree grow(std::vector<int32_t>& rows, const std::vector<int>& columns, const std::vector<Sums>& sums,
            int most_leaves) {
    rows_ = &rows;
    chosen_ = &columns;
    sums_ = &sums;
    Tree tree(1);
    std::priority_queue<Open> open;
    Open root{0, 0, static_cast<int64_t>(rows.size()), {}, {}, {}};
    fill(root);
    finish(tree, open, std::move(root));
    for (int leaves = 1; leaves < most_leaves && !open.empty(); ++leaves) {
      Open parent = std::move(const_cast<Open&>(open.top()));
      open.pop();
      split(tree, open, parent);
    }
    return tree;
  }

 private:
  void fill(Open& leaf) const {
    leaf.histogram.assign(width_, {});
    const bool all = static_cast<int64_t>(chosen_->size()) == columns_;
    Sums total;
    for (int64_t i = leaf.begin; i < leaf.end; ++i) {
      const int32_t row = (*rows_)[static_cast<size_t>(i)];
      const Sums s = (*sums_)[static_cast<size_t>(row)];
      const uint16_t* bins = &binned_[static_cast<size_t>(row * columns_)];
      total.gradient += s.gradient;
      total.curvature += s.curvature;
      const auto add = [&](int c) {
        Sums& cell = leaf.histogram[static_cast<size_t>(offsets_[static_cast<size_t>(c)]) + bins[c]];
        cell.gradient += s.gradient;
        cell.curvature += s.curvature;
      };
      if (all)
        for (int c = 0; c < columns_; ++c) add(c);
      else
        for (const int c : *chosen_) add(c);
    }
    leaf.total = total;
  }

  static double score(double gradient, double curvature) { return gradient * gradient / (curvature + kRidge / 4); }

  void choose_split(Open& leaf) const {
    const double whole = score(leaf.total.gradient, leaf.total.curvature);
    for (const int c : *chosen_) {
      double gradient = 0, curvature = 0;
      const Sums* cells = &leaf.histogram[static_cast<size_t>(offsets_[static_cast<size_t>(c)])];
      for (int b = 0; b + 1 < widths_[static_cast<size_t>(c)]; ++b) {
        gradient += cells[b].gradient;
        curvature += cells[b].curvature;
        const double rest = leaf.total.curvature - curvature;
        if (curvature < kLeafWeight || cells[b].curvature == 0) continue;
        if (rest < kLeafWeight) break;
        const double gain = score(gradient, curvature) + score(leaf.total.gradient - gradient, rest) - whole;
        if (gain > leaf.split.gain) leaf.split = {gain, c, static_cast<uint16_t>(b + 1)};
      }
    }
  }

  /// Gives the leaf its value, and queues it where a split would gain.
  void finish(Tree& tree, std::priority_queue<Open>& open, Open leaf) const {
    tree[static_cast<size_t>(leaf.node)].value =
        static_cast<float>(-kRate * leaf.total.gradient / (leaf.total.curvature + kRidge / 4));
    choose_split(leaf);
    if (leaf.split.column >= 0) open.push(std::move(leaf));
  }

  void split(Tree& tree, std::priority_queue<Open>& open, Open& parent) const {
    const TreeSplit& s = parent.split;
    const auto first = rows_->begin() + parent.begin, last = rows_->begin() + parent.end;
    const int64_t middle =
        std::partition(first, last,
                       [&](int32_t row) { return binned_[static_cast<size_t>(row * columns_ + s.column)] < s.bin; }) -
        rows_->begin();
    const auto left = static_cast<int>(tree.size()), right = left + 1;
    tree[static_cast<size_t>(parent.node)] = {s.column, s.bin, left, right, 0};
    tree.resize(tree.size() + 2);
    Open a{left, parent.begin, middle, {}, {}, {}}, b{right, middle, parent.end, {}, {}, {}};
    const bool left_small = middle - parent.begin < parent.end - middle;
    Open &small = left_small ? a : b, &large = left_small ? b : a;
    fill(small);
    large.total = {parent.total.gradient - small.total.gradient, parent.total.curvature - small.total.curvature};
    large.histogram = std::move(parent.histogram);  // the sibling is what the smaller one leaves
    for (size_t i = 0; i < width_; ++i) {
      large.histogram[i].gradient -= small.histogram[i].gradient;
      large.histogram[i].curvature -= small.histogram[i].curvature;
    }
    finish(tree, open, std::move(a));
    finish(tree, open, std::move(b));
  }

  const std::vector<uint16_t>& binned_;
  int64_t columns_;
  size_t width_ = 0;
  std::vector<int> offsets_, widths_;
  std::vector<int32_t>* rows_ = nullptr;
  const std::vector<int>* chosen_ = nullptr;
  const std::vector<Sums>* sums_ = nullptr;
};

void add_tree(const Tree& tree, const std::vector<uint16_t>& binned, int64_t columns, Tensor& logits) {
  float* out = logits.data_ptr<float>();
  for (int64_t i = 0; i < logits.size(0); ++i) out[i] += leaf_of(tree, &binned[static_cast<size_t>(i * columns)]);
}

/// Draws a share of the numbers below n, each one at most once, in ascending order.
std::vector<int32_t> draw_rows(int64_t n, std::mt19937_64& random) {
  std::vector<int32_t> rows;
  rows.reserve(static_cast<size_t>(n));
  const auto below = static_cast<uint64_t>(kRowShare * 65536);
  for (int64_t i = 0; i < n; ++i)
    if ((random() >> 48) < below) rows.push_back(static_cast<int32_t>(i));
  return rows;
}

std::vector<int> draw_columns(int64_t count, std::mt19937_64& random) {
  std::vector<int> columns(static_cast<size_t>(count));
  std::iota(columns.begin(), columns.end(), 0);
  if (count <= kColumnsATree) return columns;
  for (int64_t i = 0; i < kColumnsATree; ++i)
    std::swap(columns[static_cast<size_t>(i)],
              columns[static_cast<size_t>(i + static_cast<int64_t>(random() % static_cast<uint64_t>(count - i)))]);
  columns.resize(kColumnsATree);
  std::sort(columns.begin(), columns.end());
  return columns;
}

void update_sums(const Tensor& logits, const Labelled& rows, std::vector<Sums>& sums) {
  const Tensor d = at::sigmoid(logits);
  const Tensor gradient = (d - rows.label) * rows.weight, curvature = d * (1 - d) * rows.weight;
  const float *g = gradient.data_ptr<float>(), *c = curvature.data_ptr<float>();
  for (size_t i = 0; i < sums.size(); ++i) sums[i] = {g[i], c[i]};
}

Critic fit_boosted(const Labelled& train, const Labelled& held, uint64_t seed, const Fineness& fineness) {
  std::mt19937_64 random(derive_seed(seed, "trees"));
  const Tensor columns = tree_columns(train);
  const Bins bins = choose_bins(columns, fineness);
  const int64_t d = bins.columns();
  const auto binned = bin_rows(bins, columns), held_binned = bin_rows(bins, tree_columns(held));
  TreeGrower grower(bins, binned);
  std::vector<Sums> sums(static_cast<size_t>(train.size()));
  Tensor logits = at::zeros({train.size()}), held_logits = at::zeros({held.size()});
  std::vector<Tree> trees;
  double best = weighted_value(held_logits, held);
  size_t kept = 0;
  while (trees.size() < kMostTrees && trees.size() < kept + kPatience) {
    update_sums(logits, train, sums);
    std::vector<int32_t> rows = draw_rows(train.size(), random);
    trees.push_back(grower.grow(rows, draw_columns(d, random), sums, fineness.leaves));
    add_tree(trees.back(), binned, d, logits);
    add_tree(trees.back(), held_binned, d, held_logits);
    const double value = weighted_value(held_logits, held);
    if (value > best) best = value, kept = trees.size();
  }
  trees.resize(kept);
  return [bins, trees](const Labelled& rows) {
    const auto binned_rows = bin_rows(bins, tree_columns(rows));
    Tensor result = at::zeros({rows.size()});
    for (const Tree& tree : trees) add_tree(tree, binned_rows, bins.columns(), result);
    return result;
  };
}

}  // namespace

Critic fit_trees(const Labelled& train, const Labelled& held, uint64_t seed) {
  return fit_boosted(train, held, seed, kCoarseTrees);
}

Critic fit_fine_trees(const Labelled& train, const Labelled& held, uint64_t seed) {
  return fit_boosted(train, held, seed, kFine);
}

}  // namespace saddle
