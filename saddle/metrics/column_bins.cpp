// Implements the bins of a table's column.
#include "saddle/metrics/column_bins.h"

#include <unordered_map>

#include "saddle/tables/table_codec.h"

namespace saddle {
namespace {

constexpr size_t kShownLevels = 12, kFewNumbers = 24, kFewCoarse = 10;
constexpr double kAtomShare = 0.05, kCoarseShare = 0.1, kTail = 0.005;
constexpr double kRanges = 30, kCoarseRanges = 10;

/// The different values of a column, ascending, and how often each is there.
struct Tally {
  std::vector<double> values;
  std::vector<int64_t> counts;
  int64_t rows = 0, missing = 0;
};

Tally tally_of(const Tensor& pooled) {
  const Tensor known = pooled.index({pooled.isnan().logical_not()});
  const auto [sorted, order] = known.sort();
  Tally tally{{}, {}, known.numel(), pooled.numel() - known.numel()};
  for (const double value : c10::ArrayRef<double>(sorted.const_data_ptr<double>(), known.numel())) {
    if (tally.values.empty() || tally.values.back() != value) tally.values.push_back(value), tally.counts.push_back(0);
    ++tally.counts.back();
  }
  return tally;
}

/// The value below which a share of the rows lies.
double quantile_of(const Tally& tally, double share) {
  const double wanted = share * static_cast<double>(tally.rows);
  int64_t below = 0;
  for (size_t i = 0; i < tally.values.size(); ++i) {
    below += tally.counts[i];
    if (static_cast<double>(below) > wanted) return tally.values[i];
  }
  return tally.values.back();
}

std::string text_of_number(const SchemaColumn& column, double value) {
  return write_cell(value, column.kind, column.form);
}

/// "17 to 19"; numbers are rounded to what tells ranges of such a width apart.
std::string range_name(const SchemaColumn& column, double from, double to, double width) {
  if (column.kind == ColumnKind::number && width > 0) {
    const double unit = std::pow(10, std::floor(std::log10(width)) - 1);
    for (double* end : {&from, &to}) *end = std::round(*end / unit) * unit + 0.0;
  }
  const std::string first = text_of_number(column, from), last = text_of_number(column, to);
  return first == last ? first : first + " to " + last;
}

void add_missing(ColumnBins& bins, const Tally& tally) {
  if (tally.missing > 0) bins.bins.push_back({"missing", ColumnBin::missing});
}

ColumnBins category_bins(const SchemaColumn& column, const Tally& tally) {
  std::vector<size_t> order(tally.values.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return tally.counts[a] > tally.counts[b]; });
  if (order.size() > kShownLevels + 1) order.resize(kShownLevels);
  std::unordered_map<double, const std::string*> names;
  for (const std::string& level : column.levels) names.emplace(level_code(level), &level);
  ColumnBins bins;
  for (const size_t i : order) {
    const auto name = names.find(tally.values[i]);
    bins.bins.push_back({name == names.end() ? "" : *name->second});
    bins.levels.push_back(tally.values[i]);
  }
  if (const size_t more = tally.values.size() - order.size(); more > 0)
    bins.bins.push_back({"other", ColumnBin::rest, static_cast<int64_t>(more)});
  add_missing(bins, tally);
  return bins;
}

/// Numbers that at least `share` of the rows have, or all of them, get bins; returns the others.
Tally take_levels(const SchemaColumn& column, const Tally& tally, double share, ColumnBins& bins) {
  Tally others;
  for (size_t i = 0; i < tally.values.size(); ++i) {
    if (static_cast<double>(tally.counts[i]) >= share * static_cast<double>(tally.rows)) {
      bins.bins.push_back({text_of_number(column, tally.values[i])});
      bins.levels.push_back(tally.values[i]);
    } else {
      others.values.push_back(tally.values[i]);
      others.counts.push_back(tally.counts[i]);
      others.rows += tally.counts[i];
    }
  }
  return others;
}

}  // namespace

Tensor ColumnBins::operator()(const Tensor& values) const {
  const auto last = static_cast<int64_t>(bins.size()) - 1, first = static_cast<int64_t>(levels.size());
  std::unordered_map<double, int64_t> places;
  for (size_t i = 0; i < levels.size(); ++i) places.emplace(levels[i], static_cast<int64_t>(i));
  const Tensor from = values.contiguous(), result = at::empty({values.numel()}, at::kLong);
  auto* to = result.mutable_data_ptr<int64_t>();
  for (const double value : c10::ArrayRef<double>(from.const_data_ptr<double>(), from.numel())) {
    const auto place = places.find(value);
    if (std::isnan(value))
      *to++ = last;
    else if (place != places.end())
      *to++ = place->second;
    else
      *to++ = std::min(last, first + (std::upper_bound(edges.begin(), edges.end(), value) - edges.begin()));
  }
  return result;
}

ColumnBins histogram_bins(const SchemaColumn& column, const Tensor& pooled) {
  const Tally tally = tally_of(pooled);
  if (column.categorical()) return category_bins(column, tally);
  ColumnBins bins;
  const Tally others = take_levels(column, tally, tally.values.size() > kFewNumbers ? kAtomShare : 0, bins);
  if (others.rows > 0) {
    const double step = find_step(at::tensor(others.values, at::kDouble));
    const double low = quantile_of(others, kTail), high = quantile_of(others, 1 - kTail);
    double width = (high - low + step) / kRanges;
    if (step > 0) width = std::ceil(width / step - 1e-9) * step;
    // a step of numbers that lies on an edge would fall to either side by rounding
    const double begin = low - step / 2;
    const auto count = width > 0 ? static_cast<int64_t>(std::ceil((high - low + step) / width - 1e-9)) : 1;
    for (int64_t i = 0; i < count; ++i) {
      const double edge = begin + width * static_cast<double>(i), from = edge + step / 2;
      if (i > 0) bins.edges.push_back(edge);
      bins.bins.push_back({range_name(column, i > 0 ? from : std::min(from, others.values.front()),
                                      i + 1 < count ? edge + width - step / 2 : others.values.back(), width),
                           ColumnBin::range});
    }
  }
  add_missing(bins, tally);
  return bins;
}

ColumnBins coarse_bins(const SchemaColumn& column, const Tensor& pooled) {
  const Tally tally = tally_of(pooled);
  if (column.categorical()) return category_bins(column, tally);
  ColumnBins bins;
  const Tally others = take_levels(column, tally, tally.values.size() > kFewCoarse ? kCoarseShare : 0, bins);
  if (others.rows > 0) {
    const double share = static_cast<double>(others.rows) / static_cast<double>(tally.rows);
    const auto ranges = std::max<int64_t>(1, std::llround(kCoarseRanges * share));
    for (int64_t i = 1; i < ranges; ++i) {
      const double edge = quantile_of(others, static_cast<double>(i) / static_cast<double>(ranges));
      if (edge > (bins.edges.empty() ? others.values.front() : bins.edges.back())) bins.edges.push_back(edge);
    }
    const double width = (others.values.back() - others.values.front()) / static_cast<double>(ranges);
    auto value = others.values.begin();
    for (size_t i = 0; i <= bins.edges.size(); ++i) {  // each holds its lower edge, so that none is empty
      const auto end =
          i < bins.edges.size() ? std::lower_bound(value, others.values.end(), bins.edges[i]) : others.values.end();
      bins.bins.push_back({range_name(column, *value, *(end - 1), width), ColumnBin::range});
      value = end;
    }
  }
  add_missing(bins, tally);
  return bins;
}

}  // namespace saddle
