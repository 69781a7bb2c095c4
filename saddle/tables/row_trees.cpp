// Implements the fit of sequential trees, and rows drawn from them.
#include "saddle/tables/row_trees.h"

#include <numeric>

#include "saddle/base/error.h"

namespace saddle {
namespace {

constexpr int64_t kSharedRows = 10;       // of a number, from which on it is drawn as it is
constexpr int64_t kMostBins = 4096;       // of a number as predictor; a bin has
constexpr int64_t kRowsABin = 5;          // at least, so that edges tell no row
constexpr size_t kMostLeafValues = 1024;  // of more there are quantiles
constexpr int64_t kRowsAtOnce = 4096;     // for which randomness is drawn
const double kNoValue = std::numeric_limits<double>::quiet_NaN();

/// The values of a column that are there, ascending, each with the number of its rows.
struct DifferentValues {
  std::vector<double> values;
  std::vector<int64_t> rows;
  bool any_missing = false;
};

DifferentValues different_values(const double* values, int64_t n) {
  std::vector<double> sorted;
  std::copy_if(values, values + n, std::back_inserter(sorted), [](double value) { return !std::isnan(value); });
  std::sort(sorted.begin(), sorted.end());
  DifferentValues different;
  different.any_missing = static_cast<int64_t>(sorted.size()) < n;
  for (const double value : sorted) {
    if (different.values.empty() || different.values.back() != value) {
      different.values.push_back(value);
      different.rows.push_back(0);
    }
    ++different.rows.back();
  }
  return different;
}

/// The columns that have a tree: those of few levels first, numbers last.
std::vector<int64_t> drawing_order(const std::vector<ColumnPlan>& plans) {
  std::vector<int64_t> order;
  for (size_t j = 0; j < plans.size(); ++j)
    if (plans[j].role == ColumnRole::levels || plans[j].role == ColumnRole::number)
      order.push_back(static_cast<int64_t>(j));
  const auto size = [&](int64_t j) {
    const ColumnPlan& plan = plans[static_cast<size_t>(j)];
    return std::pair(plan.role == ColumnRole::number,
                     plan.role == ColumnRole::number ? 0 : plan.levels.size() + plan.rest.size());
  };
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return size(a) < size(b); });
  return order;
}

/// The nearest value that the column may have.
double snapped(const ColumnPlan& plan, double value) {
  if (plan.step > 0) value = plan.smallest + std::round((value - plan.smallest) / plan.step) * plan.step;
  return std::clamp(value, plan.smallest, plan.largest);
}

/// The value at a place between ascending ones.
double value_between(const std::vector<double>& sorted, double place) {
  const auto below = std::min(static_cast<size_t>(place), sorted.size() - 2);
  return std::lerp(sorted[below], sorted[below + 1], place - static_cast<double>(below));
}

}  // namespace

RowTrees::RowTrees(std::shared_ptr<const TableCodec> codec) : codec_(std::move(codec)) {}

int64_t RowTrees::level_of(size_t index, double value) const {
  const int64_t count = level_count(index);
  const double* first = levels_.data() + drawn_[index].level;
  const bool with_missing = count > 0 && std::isnan(first[count - 1]);
  if (std::isnan(value)) return with_missing ? count - 1 : count;
  const double* end = first + count - (with_missing ? 1 : 0);
  const double* found = std::lower_bound(first, end, value);
  return found != end && *found == value ? found - first : count;
}

int64_t RowTrees::bin_of(size_t index, double value) const {
  if (plan_of(index).categorical) return level_of(index, value);
  if (std::isnan(value)) return 0;
  const auto first = edges_.begin() + drawn_[index].edge;
  return 1 + (std::upper_bound(first, edges_.begin() + drawn_[index + 1].edge, value) - first);
}

BinnedColumn RowTrees::add_column(int64_t column, const double* values, int64_t n) {
  const size_t index = drawn_.size() - 1;
  drawn_[index].column = column;
  const ColumnPlan& plan = plan_of(index);
  const DifferentValues different = different_values(values, n);
  if (plan.role == ColumnRole::levels) {
    levels_.insert(levels_.end(), plan.levels.begin(), plan.levels.end());
  } else {
    for (size_t k = 0; k < different.values.size(); ++k)
      if (different.rows[k] >= kSharedRows) levels_.push_back(different.values[k]);
    if (different.any_missing) levels_.push_back(kNoValue);
  }
  if (!plan.categorical) {
    const auto bins = group_evenly(different.rows, std::clamp<int64_t>(n / kRowsABin, 1, kMostBins));
    for (size_t k = 1; k < bins.size(); ++k)
      if (bins[k] != bins[k - 1]) edges_.push_back(std::midpoint(different.values[k - 1], different.values[k]));
  }
  drawn_.push_back({-1, static_cast<int64_t>(nodes_.size()), static_cast<int64_t>(levels_.size()),
                    static_cast<int64_t>(edges_.size())});
  BinnedColumn binned;
  binned.ordered = !plan.categorical;
  binned.count = plan.categorical ? level_count(index) + 1 : drawn_[index + 1].edge - drawn_[index].edge + 2;
  if (plan.categorical && binned.count > kMostSubsetBins)
    throw Error("column " + std::to_string(column + 1) + ": expected a category of at most " +
                std::to_string(kMostSubsetBins - 1) + " levels of their own, got " + std::to_string(binned.count - 1));
  binned.bins.resize(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) binned.bins[static_cast<size_t>(i)] = static_cast<uint16_t>(bin_of(index, values[i]));
  return binned;
}

void RowTrees::add_leaf(size_t index, const std::vector<double>& sorted) {
  const ColumnPlan& plan = plan_of(index);
  const int64_t none = level_count(index);
  std::vector<double> others;
  int64_t rows = 0;
  for (const double value : sorted) {
    const int64_t level = level_of(index, value);
    if (level == none) {
      others.push_back(value);
      continue;
    }
    if (rows == 0 || items_.back().level != level) items_.push_back({level, rows});
    items_.back().rows = ++rows;
  }
  if (!others.empty() && plan.role == ColumnRole::levels && plan.rest.empty())
    throw Error("column " + std::to_string(drawn_[index].column + 1) +
                ": expected the rows that its levels were learnt from, got another value");
  if (!others.empty()) items_.push_back({none, rows + static_cast<int64_t>(others.size())});
  leaf_items_.push_back(static_cast<int64_t>(items_.size()));
  if (plan.role == ColumnRole::number) {
    const size_t kept = std::min(others.size(), kMostLeafValues);
    const double step =
        kept > 1 ? static_cast<double>(others.size() - 1) / static_cast<double>(kept - 1) : 0;  // 1 where all are kept
    for (size_t k = 0; k < kept; ++k)
      values_.push_back(step == 0 || step == 1 ? others[k] : value_between(others, static_cast<double>(k) * step));
  }
  leaf_values_.push_back(static_cast<int64_t>(values_.size()));
}

void RowTrees::add_tree(GrownTree tree, const double* values) {
  const size_t index = drawn_.size() - 2;
  const int64_t first_leaf = leaf_count(), first_node = static_cast<int64_t>(nodes_.size());
  std::vector<double> inside;
  for (size_t leaf = 0; leaf + 1 < tree.leaf_begins.size(); ++leaf) {
    inside.clear();
    for (int64_t i = tree.leaf_begins[leaf]; i < tree.leaf_begins[leaf + 1]; ++i)
      inside.push_back(values[tree.rows[static_cast<size_t>(i)]]);
    const auto missing = std::partition(inside.begin(), inside.end(), [](double value) { return !std::isnan(value); });
    std::sort(inside.begin(), missing);
    add_leaf(index, inside);
  }
  for (TreeNode& node : tree.nodes) node.next += node.column < 0 ? first_leaf : first_node;
  nodes_.insert(nodes_.end(), tree.nodes.begin(), tree.nodes.end());
  drawn_.back().node = static_cast<int64_t>(nodes_.size());
}

void RowTrees::sum_rest() {
  rest_sums_.clear();
  for (size_t index = 0; index + 1 < drawn_.size(); ++index) {
    const std::vector<double>& shares = plan_of(index).rest_shares;
    std::vector<double>& sums = rest_sums_.emplace_back(shares.size());
    std::partial_sum(shares.begin(), shares.end(), sums.begin());
  }
}

RowTrees RowTrees::fit(const Tensor& rows, std::shared_ptr<const TableCodec> codec, const RowTreesOptions& options) {
  if (options.leaf < kFewestLeafRows)
    throw Error("trees: expected leaves of at least " + std::to_string(kFewestLeafRows) + " rows, got " +
                std::to_string(options.leaf) + " (smaller ones would give back the rows that they hold)");
  if (rows.size(0) == 0) throw Error("trees: expected rows to learn from, got none");
  RowTrees trees(std::move(codec));
  const std::vector<int64_t> order = drawing_order(trees.codec_->columns());
  std::vector<BinnedColumn> columns;
  std::vector<int64_t> earlier;
  for (const int64_t column : order) {
    const Tensor values = rows.select(1, column).to(at::kDouble).contiguous();
    const auto index = static_cast<int64_t>(columns.size());
    columns.push_back(trees.add_column(column, values.data_ptr<double>(), rows.size(0)));
    trees.add_tree(grow_tree(columns, index, earlier, options.leaf), values.data_ptr<double>());
    earlier.push_back(index);
    if (options.progress) options.progress(index + 1, static_cast<int64_t>(order.size()));
  }
  trees.sum_rest();
  return trees;
}

double RowTrees::draw_number(size_t index, int64_t leaf, double u) const {
  const int64_t begin = leaf_values_[static_cast<size_t>(leaf)];
  const int64_t count = leaf_values_[static_cast<size_t>(leaf) + 1] - begin;
  const double* values = values_.data() + begin;
  const double place = u * static_cast<double>(count);
  const auto k = std::min(static_cast<int64_t>(place), count - 1);
  const double inside = place - static_cast<double>(k);
  const ColumnPlan& plan = plan_of(index);
  if (count > 1) {
    // not all of the way to a neighbour, which would fill the gaps between clusters and draw in the tails
    const double below = k > 0 ? values[k] - values[k - 1] : std::numeric_limits<double>::infinity();
    const double above = k + 1 < count ? values[k + 1] - values[k] : std::numeric_limits<double>::infinity();
    return snapped(plan, values[k] + (inside - 0.5) * std::min(below, above));
  }
  const auto first = edges_.begin() + drawn_[index].edge, last = edges_.begin() + drawn_[index + 1].edge;
  const auto edge = std::upper_bound(first, last, values[k]);  // of its bin, since it has no neighbour
  return snapped(plan,
                 std::lerp(edge == first ? plan.smallest : *(edge - 1), edge == last ? plan.largest : *edge, inside));
}

double RowTrees::draw(size_t index, int64_t leaf, double u, double v) const {
  const auto first = items_.begin() + leaf_items_[static_cast<size_t>(leaf)];
  const auto last = items_.begin() + leaf_items_[static_cast<size_t>(leaf) + 1] - 1;
  const auto row = static_cast<int64_t>(u * static_cast<double>(last->rows));
  const auto item = std::upper_bound(first, last, row, [](int64_t at, const Item& i) { return at < i.rows; });
  if (item->level < level_count(index)) return levels_[static_cast<size_t>(drawn_[index].level + item->level)];
  const ColumnPlan& plan = plan_of(index);
  if (plan.role == ColumnRole::number) return draw_number(index, leaf, v);
  const std::vector<double>& sums = rest_sums_[index];
  const auto rest = std::upper_bound(sums.begin(), sums.end() - 1, v * sums.back());
  return plan.rest[static_cast<size_t>(rest - sums.begin())];
}

Tensor RowTrees::sample(int64_t n, Rng& rng) const {
  const std::vector<ColumnPlan>& plans = codec_->columns();
  const auto c = static_cast<int64_t>(plans.size()), drawn = static_cast<int64_t>(drawn_.size()) - 1;
  Tensor rows = at::full({n, c}, kNoValue, at::kDouble);
  for (size_t j = 0; j < plans.size(); ++j)
    if (plans[j].role == ColumnRole::constant) rows.select(1, static_cast<int64_t>(j)).fill_(plans[j].levels[0]);
  double* out = rows.data_ptr<double>();
  std::vector<int64_t> bins(static_cast<size_t>(drawn));
  for (int64_t begin = 0; begin < n; begin += kRowsAtOnce) {
    const Tensor uniform = rand({kRowsAtOnce, drawn, 2}, rng, at::kCPU, at::kDouble);
    const double* u = uniform.data_ptr<double>();
    for (int64_t i = begin; i < std::min(n, begin + kRowsAtOnce); ++i)
      for (size_t index = 0; index < bins.size(); ++index, u += 2) {
        const TreeNode* node = &nodes_[static_cast<size_t>(drawn_[index].node)];
        while (node->column >= 0) {
          const bool first = node->takes(bins[static_cast<size_t>(node->column)]);
          node = &nodes_[static_cast<size_t>(node->next + (first ? 0 : 1))];
        }
        const double value = draw(index, node->next, u[0], u[1]);
        out[i * c + drawn_[index].column] = value;
        bins[index] = bin_of(index, value);
      }
  }
  return rows;
}

}  // namespace saddle
