// Implements the learning of a table's columns, and rows in what networks see.
#include "saddle/tables/table_codec.h"

#include <numeric>

#include "saddle/base/error.h"

namespace saddle {
namespace {

constexpr size_t kMostPlainLevels = 100;  // different values of a column that is levels alone; levels of a category
constexpr double kLevelShare = 0.01;      // of the rows, from which on a number has a level of its own
constexpr int64_t kMostQuantiles = 1024;  // of a column of numbers,
constexpr int64_t kRowsAQuantile = 4;     // fewer where there are few values, which they would tell
constexpr int64_t kMostParts = 10;        // of a number's values without a level, in its margin
constexpr double kScoreScale = 2;         // of normal scores, beside levels of 0 and 1
const double kMissing = std::numeric_limits<double>::quiet_NaN();

/// The values of a column that are there, ascending, each with the number of its rows; and how many are missing.
struct Counted {
  std::vector<double> values;
  std::vector<int64_t> counts;
  int64_t missing = 0, rows = 0;

  double smallest() const { return values.front(); }
  double largest() const { return values.back(); }
};

Counted count_values(const Tensor& column) {
  const Tensor x = column.to(at::kDouble).contiguous();
  std::vector<double> sorted(x.data_ptr<double>(), x.data_ptr<double>() + x.numel());
  Counted counted;
  counted.rows = x.numel();
  std::erase_if(sorted, [](double value) { return std::isnan(value); });
  counted.missing = counted.rows - static_cast<int64_t>(sorted.size());
  std::sort(sorted.begin(), sorted.end());
  for (const double value : sorted) {
    if (counted.values.empty() || value != counted.values.back()) {
      counted.values.push_back(value);
      counted.counts.push_back(0);
    }
    ++counted.counts.back();
  }
  return counted;
}

/// Uniform on [0, 1), by a row's number and its value alone.
double spread_of(int64_t row, double value) {
  auto bits = std::bit_cast<uint64_t>(value) + static_cast<uint64_t>(row) * 0x9e3779b97f4a7c15U;
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9U;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebU;
  return static_cast<double>((bits ^ (bits >> 31)) >> 11) * 0x1p-53;
}

/// The value, moved by up to half a step: numbers in steps become continuous, so that D cannot tell G's by the steps.
double dequantised(double value, double step, int64_t row) {
  return step > 0 ? value + (spread_of(row, value) - 0.5) * step : value;
}

/// Quantiles of ascending values at equal steps of probability, linearly between them.
std::vector<double> quantiles_of(const std::vector<double>& sorted) {
  const auto n = static_cast<int64_t>(sorted.size());
  const int64_t count = std::clamp<int64_t>(n / kRowsAQuantile, 2, kMostQuantiles);
  std::vector<double> quantiles;
  for (int64_t k = 0; k < count; ++k) {
    const double at = static_cast<double>(k) * static_cast<double>(n - 1) / static_cast<double>(count - 1);
    const auto below = static_cast<size_t>(at);
    const size_t above = std::min(below + 1, sorted.size() - 1);
    quantiles.push_back(std::lerp(sorted[below], sorted[above], at - static_cast<double>(below)));
  }
  return quantiles;
}

/// The share of the values that lie below: the middle of it where many quantiles are equal.
double probability_of(const std::vector<double>& quantiles, double value) {
  const auto [first, last] = std::equal_range(quantiles.begin(), quantiles.end(), value);
  const auto steps = static_cast<double>(quantiles.size() - 1);
  if (first != last)
    return (static_cast<double>(first - quantiles.begin()) + static_cast<double>(last - 1 - quantiles.begin())) / 2 /
           steps;
  if (first == quantiles.begin()) return 0;
  if (first == quantiles.end()) return 1;
  const double width = *first / 2 - *(first - 1) / 2;  // halves: the largest numbers have no difference
  const double inside = width > 0 ? (value / 2 - *(first - 1) / 2) / width : 0.5;
  return (static_cast<double>(first - quantiles.begin() - 1) + inside) / steps;
}

double quantile_at(const std::vector<double>& quantiles, double probability) {
  const double at = std::clamp(probability, 0.0, 1.0) * static_cast<double>(quantiles.size() - 1);
  const auto below = std::min(static_cast<size_t>(at), quantiles.size() - 1);
  return std::lerp(quantiles[below], quantiles[std::min(below + 1, quantiles.size() - 1)],
                   at - static_cast<double>(below));
}

/// Normal scores at equal steps of probability, between which they are interpolated.
const std::vector<double>& normal_scores() {
  static const std::vector<double> table = [] {
    constexpr int64_t kCells = 1 << 16;
    const Tensor p = at::special_ndtri(at::linspace(0, 1, kCells + 1, at::kDouble).clamp(5e-5, 1 - 5e-5));
    return std::vector<double>(p.data_ptr<double>(), p.data_ptr<double>() + p.numel());
  }();
  return table;
}

double normal_probability(double score) { return 0.5 * std::erfc(-score / std::sqrt(2.0)); }

/// Gives levels to those values of a column that `keeps` says, by their counts.
template <class Keeps>
void take_levels(ColumnPlan& plan, const Counted& counted, const Keeps& keeps) {
  for (size_t i = 0; i < counted.values.size(); ++i) {
    if (!keeps(counted.counts[i])) continue;
    plan.levels.push_back(counted.values[i]);
    plan.shares.push_back(static_cast<double>(counted.counts[i]) / static_cast<double>(counted.rows));
  }
  if (counted.missing == 0) return;
  plan.levels.push_back(kMissing);
  plan.shares.push_back(static_cast<double>(counted.missing) / static_cast<double>(counted.rows));
}

/// Levels alone; of a category of more the most frequent ones, and the rest by their shares.
void plan_levels(ColumnPlan& plan, const Counted& counted) {
  int64_t fewest = 0;  // rows of a level that is kept
  if (counted.values.size() > kMostPlainLevels) {
    std::vector<int64_t> counts = counted.counts;
    std::nth_element(counts.begin(), counts.begin() + kMostPlainLevels, counts.end(), std::greater<>());
    fewest = counts[kMostPlainLevels] + 1;  // ties stay together, with the rest
  }
  take_levels(plan, counted, [&](int64_t count) { return count >= fewest; });
  const double rows = static_cast<double>(counted.rows);
  for (size_t i = 0; i < counted.values.size(); ++i) {
    if (counted.counts[i] >= fewest) continue;
    plan.rest.push_back(counted.values[i]);
    plan.rest_shares.push_back(static_cast<double>(counted.counts[i]) / rows);
  }
}

void plan_number(ColumnPlan& plan, const Counted& counted, const Tensor& column) {
  const double fewest = std::max(2.0, kLevelShare * static_cast<double>(counted.rows));
  const auto keeps = [&](int64_t count) { return static_cast<double>(count) >= fewest; };
  take_levels(plan, counted, keeps);
  plan.step = find_step(at::tensor(counted.values, at::kDouble));
  plan.smallest = counted.smallest();
  plan.largest = counted.largest();
  std::vector<double> others;
  const Tensor x = column.to(at::kDouble).contiguous();
  const double* values = x.data_ptr<double>();
  for (int64_t i = 0; i < x.numel(); ++i)
    if (!std::isnan(values[i]) && !std::binary_search(plan.levels.begin(), plan.levels.end(), values[i]))
      others.push_back(dequantised(values[i], plan.step, i));
  std::sort(others.begin(), others.end());
  if (!others.empty()) plan.quantiles = quantiles_of(others);
}

ColumnPlan plan_column(const Tensor& column, bool categorical, ColumnRole role) {
  ColumnPlan plan;
  plan.role = role;
  plan.categorical = categorical;
  if (role == ColumnRole::key) return plan;
  const Counted counted = count_values(column);
  if (role == ColumnRole::number && !counted.values.empty())
    plan_number(plan, counted, column);
  else
    plan_levels(plan, counted);
  return plan;
}

/// The number of a value's level; of a value that has none, the rest's, or the nearest or most frequent one.
int64_t level_of(const ColumnPlan& plan, double value) {
  const auto& levels = plan.levels;
  const bool with_missing = !levels.empty() && std::isnan(levels.back());
  const auto end = levels.end() - (with_missing ? 1 : 0);
  const auto count = static_cast<int64_t>(levels.size());
  const auto frequent = [&] { return std::max_element(plan.shares.begin(), plan.shares.end()) - plan.shares.begin(); };
  if (std::isnan(value)) return with_missing ? count - 1 : frequent();
  const auto found = std::lower_bound(levels.begin(), end, value);
  if (found != end && *found == value) return found - levels.begin();
  if (plan.has_rest()) return count;
  if (plan.categorical || found == levels.begin() || end == levels.begin())
    return plan.categorical || end == levels.begin() ? frequent() : 0;
  if (found == end) return end - levels.begin() - 1;
  return found - levels.begin() - (*found - value > value - *(found - 1) ? 1 : 0);
}

float score_of(const ColumnPlan& plan, double value, int64_t row) {
  const auto& scores = normal_scores();
  const double p = probability_of(plan.quantiles, dequantised(value, plan.step, row));
  const double at = p * static_cast<double>(scores.size() - 1);
  const auto below = std::min(static_cast<size_t>(at), scores.size() - 2);
  return static_cast<float>(kScoreScale * std::lerp(scores[below], scores[below + 1], at - static_cast<double>(below)));
}

double value_of_score(const ColumnPlan& plan, float score) {
  const double value = quantile_at(plan.quantiles, normal_probability(static_cast<double>(score) / kScoreScale));
  if (plan.step == 0) return std::clamp(value, plan.smallest, plan.largest);
  const double steps = std::round((value - plan.smallest) / plan.step);
  const double decimal = plan.smallest + steps * plan.step;
  return std::clamp(decimal, plan.smallest, plan.largest);
}

/// Cells of a column's margin.
int64_t cells_of(const ColumnPlan& plan) { return plan.level_count() + (plan.quantiles.empty() ? 0 : kMostParts - 1); }

int64_t cell_of(const ColumnPlan& plan, double value) {
  const int64_t level = level_of(plan, value);
  if (plan.quantiles.empty() || level + 1 < plan.level_count()) return level;
  const auto part = static_cast<int64_t>(probability_of(plan.quantiles, value) * static_cast<double>(kMostParts));
  return level + std::clamp<int64_t>(part, 0, kMostParts - 1);
}

}  // namespace

double find_step(const Tensor& values) {
  const Tensor x = values.to(at::kDouble).contiguous();
  const double* begin = x.data_ptr<double>();
  const auto [low, high] = std::minmax_element(begin, begin + x.numel());
  if (x.numel() == 0 || *low == *high) return 0;
  constexpr double kMostUnits = 0x1p50;  // beyond it float64's own steps show
  double power = 1;
  for (int decimals = 0; decimals <= 9; ++decimals, power *= 10) {
    int64_t common = 0;
    bool whole = (*high - *low) * power < kMostUnits && std::max(std::abs(*low), std::abs(*high)) * power < kMostUnits;
    for (const double* value = begin; whole && value != begin + x.numel(); ++value) {
      const double units = (*value - *low) * power, nearest = std::round(units);
      whole = std::abs(units - nearest) <= 1e-6;
      common = std::gcd(common, static_cast<int64_t>(nearest));
    }
    if (whole) return static_cast<double>(common) / power;
  }
  return 0;
}

ColumnRole find_role(const Tensor& values, bool categorical) {
  const Counted counted = count_values(values);
  const size_t different = counted.values.size() + (counted.missing > 0 ? 1 : 0);
  if (different <= 1) return ColumnRole::constant;
  constexpr size_t kFewestKeys = 100;  // fewer may differ by chance
  const bool all_differ = static_cast<int64_t>(counted.values.size()) == counted.rows && different >= kFewestKeys;
  if (all_differ && categorical) return ColumnRole::key;
  if (all_differ && find_step(values) >= 1 && std::floor(counted.smallest()) == counted.smallest() &&
      counted.largest() - counted.smallest() < 2 * static_cast<double>(counted.rows) * find_step(values))
    return ColumnRole::key;
  return categorical || different <= kMostPlainLevels ? ColumnRole::levels : ColumnRole::number;
}

TableCodec TableCodec::learn(const Tensor& rows, const std::vector<bool>& categorical,
                             const std::vector<ColumnRole>& roles) {
  if (rows.size(0) == 0) throw Error("a table: expected rows to learn from, got none");
  TableCodec codec;
  for (size_t c = 0; c < categorical.size(); ++c) {
    if (categorical[c] && roles[c] == ColumnRole::number)
      throw Error("column " + std::to_string(c + 1) + ": expected levels of a category, got the role number");
    codec.columns_.push_back(plan_column(rows.select(1, static_cast<int64_t>(c)), categorical[c], roles[c]));
  }
  codec.place();
  return codec;
}

void TableCodec::place() {
  spans_.clear();
  width_ = 0;
  for (const ColumnPlan& plan : columns_) {
    const bool there = plan.role == ColumnRole::number || plan.role == ColumnRole::levels;
    spans_.push_back({width_, there ? plan.level_count() : 0, there && !plan.quantiles.empty()});
    width_ += spans_.back().width();
  }
}

Tensor TableCodec::encode(const Tensor& rows) const {
  const Tensor x = rows.to(at::kDouble).contiguous();
  const int64_t n = x.size(0), c = x.size(1);
  Tensor encoded = at::zeros({n, width_}, at::kFloat);
  const double* values = x.data_ptr<double>();
  float* out = encoded.data_ptr<float>();
  for (int64_t j = 0; j < c; ++j) {
    const ColumnPlan& plan = columns_[static_cast<size_t>(j)];
    const ColumnSpan& span = spans_[static_cast<size_t>(j)];
    if (span.levels == 0) continue;
    for (int64_t i = 0; i < n; ++i) {
      float* cells = out + i * width_ + span.begin;
      const int64_t level = level_of(plan, values[i * c + j]);
      cells[level] = 1;
      if (span.number && level == span.levels - 1) cells[span.levels] = score_of(plan, values[i * c + j], i);
    }
  }
  return encoded;
}

Tensor TableCodec::decode(const Tensor& x, Rng& rng) const {
  const Tensor encoded = x.to(at::kFloat).contiguous();
  const int64_t n = encoded.size(0), c = static_cast<int64_t>(columns_.size());
  Tensor rows = at::full({n, c}, kMissing, at::kDouble);
  const float* in = encoded.data_ptr<float>();
  double* out = rows.data_ptr<double>();
  for (int64_t j = 0; j < c; ++j) {
    const ColumnPlan& plan = columns_[static_cast<size_t>(j)];
    const ColumnSpan& span = spans_[static_cast<size_t>(j)];
    if (plan.role == ColumnRole::constant)
      for (int64_t i = 0; i < n; ++i) out[i * c + j] = plan.levels[0];
    if (span.levels == 0) continue;
    Tensor drawn;  // of the rest of a category, one a row: what is drawn depends on no other row's levels
    if (!plan.rest.empty())
      drawn = at::multinomial(at::tensor(plan.rest_shares, at::kDouble), n, /*replacement=*/true, rng);
    for (int64_t i = 0; i < n; ++i) {
      const float* cells = in + i * width_ + span.begin;
      const int64_t level = std::max_element(cells, cells + span.levels) - cells;
      double& value = out[i * c + j];
      if (level < static_cast<int64_t>(plan.levels.size()))
        value = plan.levels[static_cast<size_t>(level)];
      else if (span.number)
        value = value_of_score(plan, cells[span.levels]);
      else
        value = plan.rest[static_cast<size_t>(drawn.data_ptr<int64_t>()[i])];
    }
  }
  return rows;
}

Tensor TableCodec::cells(const Tensor& rows) const {
  const Tensor x = rows.to(at::kDouble);
  std::vector<Tensor> cells = {};
  int64_t first = 0;
  for (size_t j = 0; j < columns_.size(); ++j) {
    if (spans_[j].levels == 0) continue;
    const ColumnPlan& plan = columns_[j];
    const Tensor values = x.select(1, static_cast<int64_t>(j)).contiguous();
    Tensor of_column = at::empty({x.size(0)}, at::kLong);
    for (int64_t i = 0; i < x.size(0); ++i)
      of_column.data_ptr<int64_t>()[i] = first + cell_of(plan, values.const_data_ptr<double>()[i]);
    cells.push_back(of_column);
    first += cells_of(plan);
  }
  return cells.empty() ? at::empty({x.size(0), 0}, at::kLong) : at::stack(cells, 1);
}

int64_t TableCodec::cell_count() const {
  int64_t count = 0;
  for (size_t j = 0; j < columns_.size(); ++j)
    if (spans_[j].levels > 0) count += cells_of(columns_[j]);
  return count;
}

}  // namespace saddle
