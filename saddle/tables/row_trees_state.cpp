// Implements sequential trees as named tensors, and the checks of what is read.
#include <cstring>

#include "saddle/base/error.h"
#include "saddle/tables/row_trees.h"

namespace saddle {
namespace {

constexpr int64_t kNodeNumbers = sizeof(TreeNode) / sizeof(int64_t);

/// A list of numbers, or of structs of `width` of them, as a tensor.
template <class Entry>
Tensor list_tensor(const std::vector<Entry>& list, int64_t width, at::ScalarType type) {
  static_assert(std::is_trivially_copyable_v<Entry>);
  const auto n = static_cast<int64_t>(list.size());
  Tensor tensor = at::zeros(width > 1 ? std::vector<int64_t>{n, width} : std::vector<int64_t>{n}, type);
  if (n > 0) std::memcpy(tensor.data_ptr(), list.data(), list.size() * sizeof(Entry));
  return tensor;
}

/// The list that `list_tensor` made of it.
template <class Entry>
std::vector<Entry> read_list(const TensorMap& tensors, const char* name, const std::string& where) {
  constexpr int64_t width = sizeof(Entry) / 8;
  constexpr auto type = std::is_same_v<Entry, double> ? at::kDouble : at::kLong;
  const auto found = tensors.find(name);
  if (found == tensors.end()) throw Error(where + ": expected the tensor '" + name + "', got none");
  const Tensor x = found->second.contiguous();
  if (x.scalar_type() != type || x.dim() != (width > 1 ? 2 : 1) || (width > 1 && x.size(1) != width))
    throw Error(where + ": expected lists of trees, got another tensor '" + name + "'");
  std::vector<Entry> list(static_cast<size_t>(x.size(0)));
  if (!list.empty()) std::memcpy(static_cast<void*>(list.data()), x.data_ptr(), list.size() * sizeof(Entry));
  return list;
}

[[noreturn]] void refuse(const std::string& where, const std::string& what) {
  throw Error(where + ": expected trees of this table's columns, got " + what);
}

/// Refuses what are not the beginnings of lists that end at `end`.
void check_begins(const std::vector<int64_t>& begins, size_t end, const std::string& where) {
  if (begins.empty() || begins.front() != 0 || begins.back() != static_cast<int64_t>(end) ||
      !std::is_sorted(begins.begin(), begins.end()))
    refuse(where, "lists of leaves that do not end where they should");
}

/// Whether numbers ascend, the last of which may be missing.
bool are_levels(const double* first, int64_t count) {
  for (int64_t k = 1; k < count; ++k)
    if (!(first[k - 1] < first[k]) && !(k + 1 == count && std::isnan(first[k]))) return false;
  return true;
}

}  // namespace

TensorMap RowTrees::state() const {
  return {{"columns", list_tensor(drawn_, sizeof(Drawn) / 8, at::kLong)},
          {"nodes", list_tensor(nodes_, kNodeNumbers, at::kLong)},
          {"levels", list_tensor(levels_, 1, at::kDouble)},
          {"edges", list_tensor(edges_, 1, at::kDouble)},
          {"leaf_items", list_tensor(leaf_items_, 1, at::kLong)},
          {"items", list_tensor(items_, sizeof(Item) / 8, at::kLong)},
          {"leaf_values", list_tensor(leaf_values_, 1, at::kLong)},
          {"values", list_tensor(values_, 1, at::kDouble)}};
}

RowTrees RowTrees::from_state(const TensorMap& tensors, std::shared_ptr<const TableCodec> codec,
                              const std::string& where) {
  RowTrees trees(std::move(codec));
  trees.drawn_ = read_list<Drawn>(tensors, "columns", where);
  trees.nodes_ = read_list<TreeNode>(tensors, "nodes", where);
  trees.levels_ = read_list<double>(tensors, "levels", where);
  trees.edges_ = read_list<double>(tensors, "edges", where);
  trees.leaf_items_ = read_list<int64_t>(tensors, "leaf_items", where);
  trees.items_ = read_list<Item>(tensors, "items", where);
  trees.leaf_values_ = read_list<int64_t>(tensors, "leaf_values", where);
  trees.values_ = read_list<double>(tensors, "values", where);
  check_begins(trees.leaf_items_, trees.items_.size(), where);
  check_begins(trees.leaf_values_, trees.values_.size(), where);
  if (trees.leaf_items_.size() != trees.leaf_values_.size()) refuse(where, "leaves with and without values");
  const auto infinite = [](double value) { return std::isinf(value); };
  if (std::any_of(trees.levels_.begin(), trees.levels_.end(), infinite)) refuse(where, "levels that are no numbers");
  const auto finite = [](double value) { return std::isfinite(value); };
  if (!std::all_of(trees.values_.begin(), trees.values_.end(), finite)) refuse(where, "values that are no numbers");
  trees.check_columns(where);
  for (size_t index = 0; index + 1 < trees.drawn_.size(); ++index) trees.check_nodes(index, where);
  trees.sum_rest();
  return trees;
}

void RowTrees::check_columns(const std::string& where) const {
  const std::vector<ColumnPlan>& plans = codec_->columns();
  std::vector<bool> expected;
  expected.reserve(plans.size());
  for (const ColumnPlan& plan : plans)
    expected.push_back(plan.role == ColumnRole::levels || plan.role == ColumnRole::number);
  if (static_cast<int64_t>(drawn_.size()) != 1 + std::count(expected.begin(), expected.end(), true))
    refuse(where, "other columns");
  if (drawn_[0].node != 0 || drawn_[0].level != 0 || drawn_[0].edge != 0) refuse(where, "lists that begin elsewhere");
  for (size_t index = 0; index + 1 < drawn_.size(); ++index) {
    const Drawn &drawn = drawn_[index], &next = drawn_[index + 1];
    if (drawn.column < 0 || drawn.column >= static_cast<int64_t>(plans.size()) ||
        !expected[static_cast<size_t>(drawn.column)])
      refuse(where, "other columns");
    expected[static_cast<size_t>(drawn.column)] = false;
    if (next.node <= drawn.node || next.level < drawn.level || next.edge < drawn.edge ||
        next.node > static_cast<int64_t>(nodes_.size()) || next.level > static_cast<int64_t>(levels_.size()) ||
        next.edge > static_cast<int64_t>(edges_.size()))
      refuse(where, "lists of a column that end before they begin");
    const ColumnPlan& plan = plan_of(index);
    if (!are_levels(levels_.data() + drawn.level, level_count(index)) ||
        (plan.role == ColumnRole::levels && level_count(index) != static_cast<int64_t>(plan.levels.size())) ||
        (plan.categorical && level_count(index) >= kMostSubsetBins))
      refuse(where, "other levels");
    const auto first = edges_.begin() + drawn.edge, last = edges_.begin() + next.edge;
    if (!std::is_sorted(first, last) || !std::all_of(first, last, [](double edge) { return std::isfinite(edge); }))
      refuse(where, "edges that do not ascend");
  }
  const Drawn& end = drawn_.back();
  if (end.node != static_cast<int64_t>(nodes_.size()) || end.level != static_cast<int64_t>(levels_.size()) ||
      end.edge != static_cast<int64_t>(edges_.size()))
    refuse(where, "lists that end elsewhere");
}

void RowTrees::check_nodes(size_t index, const std::string& where) const {
  const int64_t end = drawn_[index + 1].node;
  for (int64_t at = drawn_[index].node; at < end; ++at) {
    const TreeNode& node = nodes_[static_cast<size_t>(at)];
    if (node.column < 0) {
      check_leaf(index, node.next, where);
      continue;
    }
    if (node.column >= static_cast<int64_t>(index)) refuse(where, "a column by one that is drawn later");
    if (node.next <= at || node.next >= end - 1) refuse(where, "a node without its children behind it");
    if (node.cut < 0 && !plan_of(static_cast<size_t>(node.column)).categorical)
      refuse(where, "a subset of a column that has an order");
  }
}

void RowTrees::check_leaf(size_t index, int64_t leaf, const std::string& where) const {
  if (leaf < 0 || leaf >= leaf_count()) refuse(where, "a leaf that is not there");
  int64_t rows = 0;
  const auto begin = leaf_items_[static_cast<size_t>(leaf)], end = leaf_items_[static_cast<size_t>(leaf) + 1];
  if (begin == end) refuse(where, "a leaf without levels");
  for (int64_t at = begin; at < end; ++at) {
    const Item& item = items_[static_cast<size_t>(at)];
    if (item.rows <= rows || item.level < 0 || item.level > level_count(index))
      refuse(where, "a leaf whose rows do not add up");
    rows = item.rows;
    if (item.level < level_count(index)) continue;
    const ColumnPlan& plan = plan_of(index);
    const auto here = static_cast<size_t>(leaf);
    if (plan.role == ColumnRole::number ? leaf_values_[here] == leaf_values_[here + 1] : plan.rest.empty())
      refuse(where, "a leaf without the values that it draws");
  }
}

}  // namespace saddle
