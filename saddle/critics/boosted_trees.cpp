// Implements boosted trees on histograms.
#include "saddle/critics/boosted_trees.h"

#include <numeric>
#include <queue>
#include <random>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"

namespace saddle {
namespace {

using Edges = BoostedTrees::Edges;
using Node = BoostedTrees::Node;
using Tree = BoostedTrees::Tree;

constexpr int kMostTrees = 400;      // at most
constexpr int kPatience = 20;        // trees without a larger V on held-out rows before it stops
constexpr double kRate = 0.12;       // of a Newton step
constexpr double kLeafRidge = 4;     // on a leaf's value, in rows at even odds
constexpr double kLeafWeight = 2.5;  // least curvature in a leaf: 10 rows at even odds
constexpr double kRowShare = 0.6;    // of the rows, for each tree

struct Sums {
  float gradient = 0, curvature = 0;
};

Edges choose_bins(const Tensor& columns, const Fineness& fineness) {
  const int64_t most = std::clamp<int64_t>(4 * fineness.most_bins / columns.size(1), 48, fineness.most_bins);
  const Tensor some = columns.slice(0, 0, std::nullopt, 1 + columns.size(0) / fineness.binned_rows);
  const Tensor sorted = std::get<0>(some.t().contiguous().sort(1));
  const int64_t n = sorted.size(1);
  Edges all;
  for (int64_t c = 0; c < sorted.size(0); ++c) {
    const float* values = sorted[c].data_ptr<float>();
    std::vector<float> edges;
    for (int64_t b = 1; b < most; ++b) {
      const float edge = values[std::min(n - 1, b * n / most)];
      if (edges.empty() ? edge > values[0] : edge > edges.back()) edges.push_back(edge);
    }
    all.push_back(std::move(edges));
  }
  return all;
}

/// Bin b holds edges[b - 1] <= x < edges[b]. Result: row-major.
std::vector<uint16_t> bin_rows(const Edges& all, const Tensor& columns) {
  const Tensor x = columns.contiguous();
  const int64_t n = x.size(0), d = x.size(1);
  const float* values = x.data_ptr<float>();
  std::vector<uint16_t> result(static_cast<size_t>(n * d));
  for (int64_t c = 0; c < d; ++c) {
    const auto& edges = all[static_cast<size_t>(c)];
    for (int64_t i = 0; i < n; ++i)
      result[static_cast<size_t>(i * d + c)] =
          static_cast<uint16_t>(std::upper_bound(edges.begin(), edges.end(), values[i * d + c]) - edges.begin());
  }
  return result;
}

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
  TreeGrower(const Edges& all, const std::vector<uint16_t>& binned)
      : binned_(binned), columns_(static_cast<int64_t>(all.size())) {
    for (const auto& edges : all) {
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

  static double score(double gradient, double curvature) { return gradient * gradient / (curvature + kLeafRidge / 4); }

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
        static_cast<float>(-kRate * leaf.total.gradient / (leaf.total.curvature + kLeafRidge / 4));
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

std::vector<int> draw_columns(int64_t count, int64_t wanted, std::mt19937_64& random) {
  std::vector<int> columns(static_cast<size_t>(count));
  std::iota(columns.begin(), columns.end(), 0);
  if (count <= wanted) return columns;
  for (int64_t i = 0; i < wanted; ++i)
    std::swap(columns[static_cast<size_t>(i)],
              columns[static_cast<size_t>(i + static_cast<int64_t>(random() % static_cast<uint64_t>(count - i)))]);
  columns.resize(static_cast<size_t>(wanted));
  std::sort(columns.begin(), columns.end());
  return columns;
}

void update_sums(const Tensor& logits, const Labelled& rows, std::vector<Sums>& sums) {
  const Tensor d = at::sigmoid(logits);
  const Tensor gradient = (d - rows.label) * rows.weight, curvature = d * (1 - d) * rows.weight;
  const float *g = gradient.data_ptr<float>(), *c = curvature.data_ptr<float>();
  for (size_t i = 0; i < sums.size(); ++i) sums[i] = {g[i], c[i]};
}

}  // namespace

BoostedTrees BoostedTrees::fit(const Labelled& train, const Labelled& held, uint64_t seed, const Fineness& fineness,
                               const std::function<void(int64_t trees, int64_t most)>& progress) {
  std::mt19937_64 random(derive_seed(seed, "trees"));
  BoostedTrees result;
  result.edges_ = choose_bins(train.x, fineness);
  const int64_t d = result.columns();
  const auto binned = bin_rows(result.edges_, train.x), held_binned = bin_rows(result.edges_, held.x);
  TreeGrower grower(result.edges_, binned);
  std::vector<Sums> sums(static_cast<size_t>(train.size()));
  Tensor logits = at::zeros({train.size()}), held_logits = at::zeros({held.size()});
  std::vector<Tree>& trees = result.trees_;
  double best = weighted_value(held_logits, held);
  size_t kept = 0;
  while (trees.size() < kMostTrees && trees.size() < kept + kPatience) {
    update_sums(logits, train, sums);
    std::vector<int32_t> rows = draw_rows(train.size(), random);
    trees.push_back(grower.grow(rows, draw_columns(d, fineness.columns_a_tree, random), sums, fineness.leaves));
    add_tree(trees.back(), binned, d, logits);
    add_tree(trees.back(), held_binned, d, held_logits);
    const double value = weighted_value(held_logits, held);
    if (value > best) best = value, kept = trees.size();
    if (progress) progress(static_cast<int64_t>(trees.size()), kMostTrees);
  }
  trees.resize(kept);
  return result;
}

Tensor BoostedTrees::operator()(const Tensor& columns) const {
  const auto binned = bin_rows(edges_, columns);
  Tensor result = at::zeros({columns.size(0)});
  for (const Tree& tree : trees_) add_tree(tree, binned, this->columns(), result);
  return result;
}

TensorMap BoostedTrees::state() const {
  std::vector<float> edges, values;
  std::vector<int64_t> edge_counts, node_counts, nodes;
  for (const auto& of_column : edges_) {
    edges.insert(edges.end(), of_column.begin(), of_column.end());
    edge_counts.push_back(static_cast<int64_t>(of_column.size()));
  }
  for (const Tree& tree : trees_) {
    node_counts.push_back(static_cast<int64_t>(tree.size()));
    for (const Node& node : tree) {
      nodes.insert(nodes.end(), {node.column, node.bin, node.left, node.right});
      values.push_back(node.value);
    }
  }
  return {{"edges", at::tensor(edges, at::kFloat)},
          {"edge_counts", at::tensor(edge_counts, at::kLong)},
          {"node_counts", at::tensor(node_counts, at::kLong)},
          {"nodes", at::tensor(nodes, at::kLong).view({-1, 4})},
          {"values", at::tensor(values, at::kFloat)}};
}

BoostedTrees BoostedTrees::of(const TensorMap& state, const std::string& where) {
  const auto numbers = [&](const char* name, at::ScalarType type) {
    const auto found = state.find(name);
    if (found == state.end() || found->second.scalar_type() != type)
      throw Error(where + ": expected the tensor '" + name + "' of boosted trees, got none");
    return found->second.contiguous();
  };
  const Tensor edges = numbers("edges", at::kFloat), values = numbers("values", at::kFloat),
               nodes = numbers("nodes", at::kLong), edge_counts = numbers("edge_counts", at::kLong),
               node_counts = numbers("node_counts", at::kLong);
  const auto refuse = [&] { throw Error(where + ": expected boosted trees, got counts that do not fit them"); };
  const auto fits = [](const Tensor& counts, int64_t whole) {
    return counts.numel() == 0
               ? whole == 0
               : counts.ge(0).logical_and(counts.le(whole)).all().item<bool>() && counts.sum().item<int64_t>() == whole;
  };
  if (!fits(edge_counts, edges.numel()) || !fits(node_counts, values.numel()) || nodes.numel() != 4 * values.numel())
    refuse();
  BoostedTrees result;
  const float* edge = edges.const_data_ptr<float>();
  for (int64_t c = 0; c < edge_counts.numel(); ++c) {
    const int64_t count = edge_counts[c].item<int64_t>();
    result.edges_.emplace_back(edge, edge + count);
    edge += count;
  }
  const int64_t* node = nodes.const_data_ptr<int64_t>();
  const float* value = values.const_data_ptr<float>();
  for (int64_t t = 0; t < node_counts.numel(); ++t) {
    const int64_t count = node_counts[t].item<int64_t>();
    Tree tree;
    for (int64_t i = 0; i < count; ++i, node += 4, ++value) {
      const bool leaf = node[0] == -1;
      const auto is_behind = [&](int64_t child) { return child > i && child < count; };  // so that no walk is endless
      if (!leaf && (node[0] < 0 || node[0] >= result.columns() || !is_behind(node[2]) || !is_behind(node[3]))) refuse();
      tree.push_back({static_cast<int>(node[0]), static_cast<uint16_t>(node[1]), static_cast<int>(node[2]),
                      static_cast<int>(node[3]), *value});
    }
    if (tree.empty()) refuse();
    result.trees_.push_back(std::move(tree));
  }
  return result;
}

}  // namespace saddle
