// Implements rows as plain numbers.
#include "saddle/tables/plain_columns.h"

#include <numeric>

namespace saddle {
namespace {

constexpr size_t kMostMarked = 50;  // levels of a category

bool may_be_missing(const ColumnPlan& plan) { return !plan.levels.empty() && std::isnan(plan.levels.back()); }

/// The number that stands for a missing one.
double middle_of(const ColumnPlan& plan) {
  if (!plan.quantiles.empty()) return plan.quantiles[plan.quantiles.size() / 2];
  return plan.levels.empty() || std::isnan(plan.levels.front()) ? 0 : plan.levels.front();  // missing is the last level
}

/// The most frequent levels of a category, the more frequent first.
std::vector<double> frequent_levels_of(const ColumnPlan& plan) {
  std::vector<size_t> order(plan.levels.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return plan.shares[a] > plan.shares[b]; });
  order.resize(std::min(order.size(), kMostMarked));
  std::vector<double> levels;
  levels.reserve(order.size());
  for (const size_t level : order) levels.push_back(plan.levels[level]);
  return levels;
}

}  // namespace

Tensor plain_columns(const TableCodec& codec, const Tensor& rows) {
  std::vector<Tensor> columns;
  for (size_t c = 0; c < codec.columns().size(); ++c) {
    const ColumnPlan& plan = codec.columns()[c];
    if (plan.role == ColumnRole::key || plan.role == ColumnRole::constant) continue;
    const Tensor values = rows.select(1, static_cast<int64_t>(c)), missing = values.isnan();
    if (plan.categorical) {
      for (const double level : frequent_levels_of(plan))
        columns.push_back((std::isnan(level) ? missing : values.eq(level)).to(at::kDouble));
      continue;
    }
    columns.push_back(values.nan_to_num(middle_of(plan)));
    if (may_be_missing(plan)) columns.push_back(missing.to(at::kDouble));
  }
  return at::stack(columns, 1);
}

}  // namespace saddle
