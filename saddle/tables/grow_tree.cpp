// Implements the growing of a tree: splits are sought between groups of rows that share a bin.
#include "saddle/tables/grow_tree.h"

#include <numeric>

namespace saddle {
namespace {

constexpr int64_t kClasses = 16;         // of the target, at most
constexpr double kChanceDeviations = 5;  // by which a gain must exceed what chance gains
constexpr int kPowerSteps = 4;           // towards the first principal component
constexpr float kNotable = 1e-6F;        // of a gain, below which another one is no larger

using ClassSums = std::array<float, kClasses>;

float dot(const ClassSums& a, const ClassSums& b) {
  float sum = 0;
  for (size_t k = 0; k < kClasses; ++k) sum += a[k] * b[k];
  return sum;
}

/// Rows of a node that share a bin of a predictor.
struct BinGroup {
  int64_t bin = 0, rows = 0;
  ClassSums sums = {};  // rows of each class of the target; where they have an order, up to each
  float position = 0;   // along the principal component
};

/// The best split of a node so far.
struct FoundSplit {
  float gain = 0;
  TreeNode node;
};

class TreeGrowth {
 public:
  TreeGrowth(const std::vector<BinnedColumn>& columns, int64_t target, const std::vector<int64_t>& predictors,
             int64_t leaf)
      : columns_(columns), target_(columns[static_cast<size_t>(target)]), predictors_(predictors), leaf_(leaf) {
    int64_t most = 0;
    for (const BinnedColumn& column : columns) most = std::max(most, column.count);
    place_.resize(static_cast<size_t>(most));
    tree_.rows.resize(target_.bins.size());
    std::iota(tree_.rows.begin(), tree_.rows.end(), 0);
    classes_.resize(target_.bins.size());
  }

  GrownTree grow() {
    struct Open {
      int64_t node, begin, end;  // its rows
    };
    tree_.nodes.emplace_back();
    std::vector<Open> open = {{0, 0, static_cast<int64_t>(tree_.rows.size())}};
    while (!open.empty()) {
      const Open at = open.back();
      open.pop_back();
      TreeNode node;
      const int64_t middle = split(at.begin, at.end, node);
      if (middle == at.end) {
        node.next = static_cast<int64_t>(tree_.leaf_begins.size());
        tree_.leaf_begins.push_back(at.begin);
      } else {
        node.next = static_cast<int64_t>(tree_.nodes.size());
        tree_.nodes.resize(tree_.nodes.size() + 2);
        open.push_back({node.next + 1, middle, at.end});
        open.push_back({node.next, at.begin, middle});  // is next, so that leaves stand as their rows do
      }
      tree_.nodes[static_cast<size_t>(at.node)] = node;
    }
    tree_.leaf_begins.push_back(static_cast<int64_t>(tree_.rows.size()));
    return std::move(tree_);
  }

 private:
  int64_t bin_of(const BinnedColumn& column, int64_t i) const {
    return column.bins[static_cast<size_t>(tree_.rows[static_cast<size_t>(i)])];
  }

  /// Parts the rows as `node` is made to say. Returns where the second part begins; `end`: there is none.
  int64_t split(int64_t begin, int64_t end, TreeNode& node) {
    if (end - begin < 2 * leaf_ || predictors_.empty() || !classify(begin, end)) return end;
    FoundSplit best;
    for (const int64_t predictor : predictors_) try_column(predictor, begin, end, best);
    if (best.gain <= gain_of_chance(static_cast<double>(end - begin))) return end;
    node = best.node;
    const std::vector<uint16_t>& bins = columns_[static_cast<size_t>(node.column)].bins;
    const auto middle = std::stable_partition(tree_.rows.begin() + begin, tree_.rows.begin() + end,
                                              [&](int32_t row) { return node.takes(bins[static_cast<size_t>(row)]); });
    return middle - tree_.rows.begin();
  }

  /// Lists the bins that rows have, ascending, and notes each one's place in the list.
  void list_bins(const BinnedColumn& column, int64_t begin, int64_t end) {
    list_.clear();
    if (column.count > 8 * (end - begin)) {
      for (int64_t i = begin; i < end; ++i) list_.push_back(static_cast<uint16_t>(bin_of(column, i)));
      std::sort(list_.begin(), list_.end());
      list_.erase(std::unique(list_.begin(), list_.end()), list_.end());
    } else {
      std::fill_n(place_.begin(), column.count, 0);
      for (int64_t i = begin; i < end; ++i) place_[static_cast<size_t>(bin_of(column, i))] = 1;
      for (int64_t bin = 0; bin < column.count; ++bin)
        if (place_[static_cast<size_t>(bin)] != 0) list_.push_back(static_cast<uint16_t>(bin));
    }
    for (size_t k = 0; k < list_.size(); ++k) place_[list_[k]] = static_cast<int32_t>(k);
  }

  /// Puts rows into classes of the target. Returns whether there is more than one.
  bool classify(int64_t begin, int64_t end) {
    list_bins(target_, begin, end);
    if (list_.size() < 2) return false;
    std::vector<int64_t> counts(list_.size(), 0);
    for (int64_t i = begin; i < end; ++i)
      ++counts[static_cast<size_t>(place_[static_cast<size_t>(bin_of(target_, i))])];
    const std::vector<int32_t> classes =
        target_.ordered ? group_evenly(counts, kClasses) : classes_by_frequency(counts);
    total_ = {};
    for (int64_t i = begin; i < end; ++i) {
      const int32_t of = classes[static_cast<size_t>(place_[static_cast<size_t>(bin_of(target_, i))])];
      classes_[static_cast<size_t>(i)] = static_cast<uint8_t>(of);
      ++total_[static_cast<size_t>(of)];
    }
    if (target_.ordered) std::partial_sum(total_.begin(), total_.end(), total_.begin());
    return true;
  }

  /// The most frequent levels each for itself, the others as one.
  static std::vector<int32_t> classes_by_frequency(const std::vector<int64_t>& counts) {
    std::vector<size_t> order(counts.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return counts[a] > counts[b]; });
    std::vector<int32_t> classes(counts.size());
    for (size_t k = 0; k < order.size(); ++k)
      classes[order[k]] = static_cast<int32_t>(std::min<size_t>(k, kClasses - 1));
    return classes;
  }

  /// What a split must exceed, by the moments of the gain where the rows of one part are drawn at random.
  double gain_of_chance(double rows) const {
    double mean = 0, squares = 0;
    for (size_t k = 0; k < kClasses; ++k)
      for (size_t l = 0; l < kClasses; ++l) {
        const double a = static_cast<double>(total_[k]) / rows, b = static_cast<double>(total_[l]) / rows;
        const double both = target_.ordered ? std::min(a, b) : k == l ? a : 0;
        const double covariance = both - a * b;
        if (k == l) mean += covariance;
        squares += covariance * covariance;
      }
    return mean + kChanceDeviations * std::sqrt(2 * squares);
  }

  void fill_groups(const BinnedColumn& column, int64_t begin, int64_t end) {
    list_bins(column, begin, end);
    groups_.assign(list_.size(), {});
    for (size_t g = 0; g < list_.size(); ++g) groups_[g].bin = list_[g];
    for (int64_t i = begin; i < end; ++i) {
      BinGroup& group = groups_[static_cast<size_t>(place_[static_cast<size_t>(bin_of(column, i))])];
      ++group.rows;
      ++group.sums[classes_[static_cast<size_t>(i)]];
    }
    if (!target_.ordered) return;
    for (BinGroup& group : groups_) std::partial_sum(group.sums.begin(), group.sums.end(), group.sums.begin());
  }

  /// Puts levels without an order into that of the first principal component of their shares, by the power method.
  void order_groups(float rows) {
    std::vector<ClassSums> differences(groups_.size());  // from the shares of all the node's rows
    ClassSums direction = {};
    float farthest = -1;
    for (size_t g = 0; g < groups_.size(); ++g) {
      ClassSums& d = differences[g];
      const auto inside = static_cast<float>(groups_[g].rows);
      for (size_t k = 0; k < kClasses; ++k) d[k] = groups_[g].sums[k] / inside - total_[k] / rows;
      if (const float moment = inside * dot(d, d); moment > farthest) farthest = moment, direction = d;
    }
    for (int step = 0; step < kPowerSteps; ++step) {
      ClassSums next = {};
      for (size_t g = 0; g < groups_.size(); ++g) {
        const float along = static_cast<float>(groups_[g].rows) * dot(differences[g], direction);
        for (size_t k = 0; k < kClasses; ++k) next[k] += along * differences[g][k];
      }
      const float length = std::sqrt(dot(next, next));
      if (length == 0) break;
      for (size_t k = 0; k < kClasses; ++k) direction[k] = next[k] / length;
    }
    for (size_t g = 0; g < groups_.size(); ++g) groups_[g].position = dot(differences[g], direction);
    std::stable_sort(groups_.begin(), groups_.end(),
                     [](const BinGroup& a, const BinGroup& b) { return a.position < b.position; });
  }

  /// Seeks a better split by this predictor.
  void try_column(int64_t predictor, int64_t begin, int64_t end, FoundSplit& best) {
    const BinnedColumn& column = columns_[static_cast<size_t>(predictor)];
    fill_groups(column, begin, end);
    const auto rows = static_cast<float>(end - begin);
    if (!column.ordered) order_groups(rows);
    ClassSums sums = {};
    int64_t before = 0;
    size_t chosen = groups_.size();
    for (size_t g = 0; g + 1 < groups_.size(); ++g) {
      before += groups_[g].rows;
      for (size_t k = 0; k < kClasses; ++k) sums[k] += groups_[g].sums[k];
      if (before < leaf_) continue;
      if (end - begin - before < leaf_) break;
      const float share = static_cast<float>(before) / rows;
      float distance = 0;
      for (size_t k = 0; k < kClasses; ++k) {
        const float difference = sums[k] - share * total_[k];
        distance += difference * difference;
      }
      const float gain = distance / (share * (1 - share) * rows);
      if (gain <= best.gain * (1 + kNotable)) continue;
      best.gain = gain;
      chosen = g;
    }
    if (chosen == groups_.size()) return;
    best.node = {};
    best.node.column = predictor;
    if (column.ordered)
      best.node.cut = groups_[chosen].bin;
    else
      best.node.subset = subset_up_to(chosen, end - begin);
  }

  std::array<int64_t, 2> subset_up_to(size_t last, int64_t rows) const {
    int64_t before = 0;
    std::array<uint64_t, 2> first = {}, there = {};
    for (size_t g = 0; g < groups_.size(); ++g) {
      const auto word = static_cast<size_t>(groups_[g].bin >> 6);
      const uint64_t bit = uint64_t{1} << (groups_[g].bin & 63);
      there[word] |= bit;
      if (g > last) continue;
      first[word] |= bit;
      before += groups_[g].rows;
    }
    if (2 * before > rows)
      for (size_t word = 0; word < 2; ++word) first[word] |= ~there[word];
    return {static_cast<int64_t>(first[0]), static_cast<int64_t>(first[1])};
  }

  const std::vector<BinnedColumn>& columns_;
  const BinnedColumn& target_;
  const std::vector<int64_t>& predictors_;
  int64_t leaf_;
  GrownTree tree_;
  std::vector<uint8_t> classes_;  // of the target, beside the tree's rows
  ClassSums total_ = {};          // of the node's rows, as in groups
  std::vector<uint16_t> list_;    // of bins
  std::vector<int32_t> place_;    // of a bin in it
  std::vector<BinGroup> groups_;
};

}  // namespace

std::vector<int32_t> group_evenly(const std::vector<int64_t>& counts, int64_t most) {
  int64_t rows_left = std::accumulate(counts.begin(), counts.end(), int64_t{0}), groups_left = most, inside = 0;
  int32_t group = 0;
  std::vector<int32_t> groups;
  for (const int64_t count : counts) {
    // a group ends where its rows are nearer to its share without this value than with it
    if (inside > 0 && groups_left > 1 && 2 * inside + count > 2 * rows_left / groups_left) {
      ++group;
      --groups_left;
      rows_left -= inside;
      inside = 0;
    }
    groups.push_back(group);
    inside += count;
  }
  return groups;
}

GrownTree grow_tree(const std::vector<BinnedColumn>& columns, int64_t target, const std::vector<int64_t>& predictors,
                    int64_t leaf) {
  return TreeGrowth(columns, target, predictors, leaf).grow();
}

}  // namespace saddle
