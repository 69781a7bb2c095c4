// Implements what no row can meet.
#include "saddle/tables/condition_reach.h"

namespace saddle {
namespace {

/// The requirements of one column alone, without combinations.
std::vector<const RowCondition*> requirements_of(const RowCondition& condition, int64_t column) {
  std::vector<const RowCondition*> found;
  for (const auto* one : requirements(condition))
    if (columns_of(*one) == std::vector<int64_t>{column} && !has_combinations(*one)) found.push_back(one);
  return found;
}

/// The values that a condition compares its column with.
void add_values(const RowCondition& condition, std::vector<double>& values) {
  if (condition.form == RowCondition::Form::compare && condition.columns.size() == 1) values.push_back(condition.value);
  for (const auto& part : condition.parts) add_values(part, values);
}

/// Adds the values of a number's range that stand for all between `marks`.
void add_numbers(const ColumnPlan& plan, std::vector<double> marks, std::vector<double>& values) {
  marks.insert(marks.end(), {plan.smallest, plan.largest});
  std::sort(marks.begin(), marks.end());
  std::vector<double> candidates = marks;
  for (size_t i = 0; i < marks.size(); ++i) {
    if (i > 0) candidates.push_back(std::midpoint(marks[i - 1], marks[i]));
    if (plan.step == 0) continue;
    const double below = plan.smallest + std::floor((marks[i] - plan.smallest) / plan.step) * plan.step;
    candidates.insert(candidates.end(), {below - plan.step, below, below + plan.step, below + 2 * plan.step});
  }
  constexpr double kNear = 1e-6;  // steps: decimals are no exact multiples in float64
  for (const double value : candidates) {
    if (!(value >= plan.smallest && value <= plan.largest)) continue;
    const auto is_same = [&](double other) { return std::abs(other - value) <= kNear * plan.step; };
    const double steps = plan.step == 0 ? 0 : (value - plan.smallest) / plan.step;
    if (std::abs(steps - std::round(steps)) >= kNear) continue;
    const auto mark = std::find_if(marks.begin(), marks.end(), is_same);
    values.push_back(mark == marks.end() ? value : *mark);
  }
}

/// Values that stand for all that the column may have, as far as these requirements tell them apart.
std::vector<double> values_to_try(const ColumnPlan& plan, const std::vector<const RowCondition*>& asked) {
  std::vector<double> values = plan.levels;
  values.insert(values.end(), plan.rest.begin(), plan.rest.end());
  if (plan.quantiles.empty()) return values;
  std::vector<double> marks;
  for (const auto* one : asked) add_values(*one, marks);
  add_numbers(plan, std::move(marks), values);
  return values;
}

bool reaches(const std::vector<double>& values, const std::vector<const RowCondition*>& where,
             const std::vector<const RowCondition*>& constraint, int64_t column) {
  const auto n = static_cast<int64_t>(values.size());
  Tensor rows = at::zeros({n, column + 1}, at::kDouble);
  rows.select(1, column).copy_(at::tensor(values, at::kDouble));
  Tensor kept = at::ones({n}, at::kBool);
  for (const auto* one : where) kept = kept.logical_and(judge(*one, rows).met);
  for (const auto* one : constraint) kept = kept.logical_and(judge(*one, rows).broken.logical_not());
  return kept.any().item<bool>();
}

}  // namespace

int64_t column_beyond_reach(const RowCondition& where, const RowCondition& constraint, const TableCodec& codec) {
  for (const int64_t column : columns_of(where)) {
    const ColumnPlan& plan = codec.columns()[static_cast<size_t>(column)];
    if (plan.role == ColumnRole::key) continue;
    const auto of_where = requirements_of(where, column), of_constraint = requirements_of(constraint, column);
    std::vector<const RowCondition*> asked = of_where;
    asked.insert(asked.end(), of_constraint.begin(), of_constraint.end());
    if (!asked.empty() && !reaches(values_to_try(plan, asked), of_where, of_constraint, column)) return column;
  }
  return -1;
}

}  // namespace saddle
