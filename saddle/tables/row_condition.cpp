// Implements the judging of rows by conditions.
#include "saddle/tables/row_condition.h"

#include <bit>

#include "saddle/base/error.h"

namespace saddle {
namespace {

using Form = RowCondition::Form;
using Comparison = RowCondition::Comparison;

Tensor compared(const Tensor& a, const Tensor& b, Comparison comparison) {
  switch (comparison) {
    case Comparison::equal:
      return a == b;
    case Comparison::unequal:
      return a != b;
    case Comparison::less:
      return a < b;
    case Comparison::at_most:
      return a <= b;
    case Comparison::more:
      return a > b;
    default:
      return a >= b;
  }
}

RowTruths judge_comparison(const RowCondition& condition, const Tensor& rows) {
  const Tensor a = rows.select(1, condition.columns[0]);
  const Tensor b = condition.columns.size() > 1 ? rows.select(1, condition.columns[1])
                                                : at::full({1}, condition.value, rows.options());
  const Tensor known = a.isnan().logical_or(b.isnan()).logical_not(), met = compared(a, b, condition.comparison);
  return {met.logical_and(known), met.logical_not().logical_and(known)};
}

/// A step of a hash (splitmix64's).
uint64_t mixed(uint64_t hash, uint64_t more) {
  hash += more + 0x9e3779b97f4a7c15U;
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9U;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebU;
  return hash ^ (hash >> 31);
}

/// A hash of the columns and their values in each row. Shapes: result [n] int64.
Tensor combination_hashes(const RowCondition& condition, const Tensor& rows) {
  const int64_t n = rows.size(0);
  Tensor hashes = at::zeros({n}, at::kLong);
  auto* out = hashes.mutable_data_ptr<int64_t>();
  for (const int64_t column : condition.columns) {
    const Tensor values = rows.select(1, column).contiguous();
    const auto* in = values.const_data_ptr<double>();
    for (int64_t i = 0; i < n; ++i) {
      // NaN has many forms, 0 has two
      const uint64_t bits = std::isnan(in[i]) ? ~uint64_t{0} : std::bit_cast<uint64_t>(in[i] + 0.0);
      out[i] = static_cast<int64_t>(mixed(mixed(static_cast<uint64_t>(out[i]), static_cast<uint64_t>(column)), bits));
    }
  }
  return hashes;
}

RowTruths judge_combination(const RowCondition& condition, const Tensor& rows) {
  if (!condition.known.defined())
    throw Error("condition: expected '" + condition.text + "' to be learnt from training rows, got none");
  const Tensor met = at::isin(combination_hashes(condition, rows), condition.known);
  return {met, met.logical_not()};
}

void for_each_combination(const RowCondition& condition, const std::function<void(const RowCondition&)>& visit) {
  if (condition.form == Form::combination) visit(condition);
  for (const auto& part : condition.parts) for_each_combination(part, visit);
}

Tensor checked(const RowCondition& condition, const Tensor& rows) {
  for (const int64_t column : columns_of(condition))
    if (rows.dim() != 2 || column >= rows.size(1))
      throw Error("condition: expected rows of at least " + std::to_string(column + 1) + " columns, got " +
                  std::to_string(rows.dim() == 2 ? rows.size(1) : 0));
  return rows.to(at::kDouble);
}

RowTruths judge_node(const RowCondition& condition, const Tensor& rows) {
  switch (condition.form) {
    case Form::compare:
      return judge_comparison(condition, rows);
    case Form::combination:
      return judge_combination(condition, rows);
    case Form::missing: {
      const Tensor met = rows.select(1, condition.columns[0]).isnan();
      return {met, met.logical_not()};
    }
    case Form::negation: {
      const RowTruths part = judge_node(condition.parts[0], rows);
      return {part.broken, part.met};
    }
    default:
      break;
  }
  const bool all = condition.form == Form::all;
  Tensor every = at::ones({rows.size(0)}, at::kBool), some = at::zeros({rows.size(0)}, at::kBool);
  for (const auto& part : condition.parts) {
    const RowTruths truths = judge_node(part, rows);
    every = every.logical_and(all ? truths.met : truths.broken);
    some = some.logical_or(all ? truths.broken : truths.met);
  }
  return all ? RowTruths{every, some} : RowTruths{some, every};
}

}  // namespace

RowTruths judge(const RowCondition& condition, const Tensor& rows) {
  return judge_node(condition, checked(condition, rows));
}

bool has_combinations(const RowCondition& condition) {
  bool any = false;
  for_each_combination(condition, [&](const RowCondition&) { any = true; });
  return any;
}

Tensor combinations_in(const RowCondition& condition, const Tensor& rows) {
  const Tensor x = checked(condition, rows);
  std::vector<Tensor> hashes = {at::empty({0}, at::kLong)};
  for_each_combination(condition, [&](const RowCondition& node) { hashes.push_back(combination_hashes(node, x)); });
  return std::get<0>(at::_unique(at::cat(hashes), /*sorted=*/true));
}

void know(RowCondition& condition, const Tensor& combinations) {
  if (condition.form == Form::combination) condition.known = combinations;
  for (auto& part : condition.parts) know(part, combinations);
}

std::vector<const RowCondition*> requirements(const RowCondition& condition) {
  if (condition.form != Form::all) return {&condition};
  std::vector<const RowCondition*> found;
  for (const auto& part : condition.parts)
    for (const auto* requirement : requirements(part)) found.push_back(requirement);
  return found;
}

std::vector<int64_t> columns_of(const RowCondition& condition) {
  std::vector<int64_t> columns = condition.columns;
  for (const auto& part : condition.parts)
    for (const int64_t column : columns_of(part)) columns.push_back(column);
  std::vector<int64_t> once;
  for (const int64_t column : columns)
    if (std::find(once.begin(), once.end(), column) == once.end()) once.push_back(column);
  return once;
}

}  // namespace saddle
