// Implements the delete-a-group jackknife.
#include "saddle/metrics/jackknife.h"

#include <numeric>

#include "saddle/base/student.h"

namespace saddle {
namespace {

constexpr int64_t kMostParts = 40;  // below 64: one bit each of a word, where a row is in some of what is left

constexpr double kFewestFreedom = 4;

}  // namespace

RowParts deal_parts(const Tensor& groups, int64_t rows, Rng& rng) {
  const Tensor unit = groups.defined() ? std::get<1>(at::_unique(groups.to(at::kLong), true, true)) : at::arange(rows);
  const Tensor size = at::bincount(unit);
  const int64_t units = size.size(0);
  // The largest groups first, each to the smallest part, so that parts are nearly equal; equal ones in random order.
  const Tensor shuffled = at::randperm(units, rng, at::TensorOptions(at::kLong));
  const Tensor order =
      shuffled.index_select(0, size.index_select(0, shuffled).argsort(/*stable=*/true, 0, /*descending=*/true));
  const int64_t count = std::min(kMostParts, units);
  RowParts parts = {{}, std::vector<int64_t>(static_cast<size_t>(count)), units};
  std::vector<int32_t> of_unit(static_cast<size_t>(units));
  const auto* next = order.const_data_ptr<int64_t>();
  const auto* rows_of = size.const_data_ptr<int64_t>();
  for (int64_t i = 0; i < units; ++i) {
    const auto smallest = std::min_element(parts.sizes.begin(), parts.sizes.end());
    *smallest += rows_of[next[i]];
    of_unit[static_cast<size_t>(next[i])] = static_cast<int32_t>(smallest - parts.sizes.begin());
  }
  const Tensor unit_of_row = unit.contiguous();
  parts.of_row.reserve(static_cast<size_t>(rows));
  for (int64_t i = 0; i < rows; ++i)
    parts.of_row.push_back(of_unit[static_cast<size_t>(unit_of_row.const_data_ptr<int64_t>()[i])]);
  return parts;
}

Spread jackknife_spread(double whole, const std::vector<double>& without, const std::vector<int64_t>& sizes) {
  const auto count = static_cast<double>(sizes.size());
  if (sizes.size() < 2) return {std::nan(""), 1};
  const auto rows = static_cast<double>(std::accumulate(sizes.begin(), sizes.end(), int64_t{0}));
  double centre = count * whole;
  for (size_t g = 0; g < sizes.size(); ++g) centre -= (1 - static_cast<double>(sizes[g]) / rows) * without[g];
  double variance = 0, fourth = 0;
  for (size_t g = 0; g < sizes.size(); ++g) {
    const double h = rows / static_cast<double>(sizes[g]);
    const double deviation = h * whole - (h - 1) * without[g] - centre;
    const double square = deviation * deviation / (h - 1);
    variance += square / count;
    fourth += square * square / count;
  }
  // A mean of squares whose own variance is (fourth - variance^2) / count has this many degrees of freedom; few parts
  // that matter much make it small.
  const double freedom = 2 * variance * variance * count / std::max(fourth - variance * variance, 1e-300);
  return {variance, std::clamp(freedom, std::min(kFewestFreedom, count - 1), count - 1)};
}

Spread sum_of_spreads(const Spread& a, const Spread& b) {
  const double variance = a.variance + b.variance;
  if (!(variance > 0)) return {variance, a.freedom + b.freedom};
  return {variance, variance * variance / (a.variance * a.variance / a.freedom + b.variance * b.variance / b.freedom)};
}

Interval spread_interval(double estimate, const Spread& spread, double confidence) {
  const double half = student_quantile(confidence, spread.freedom) * std::sqrt(spread.variance);
  return {estimate, estimate - half, estimate + half};
}

Interval share_interval(double share, const Spread& spread, int64_t units, double confidence) {
  if (std::isnan(spread.variance)) return {share, spread.variance, spread.variance};
  const double binomial = share * (1 - share);
  const double trials = binomial > 0 && spread.variance > 0 ? binomial / spread.variance : static_cast<double>(units);
  const double t = student_quantile(confidence, spread.freedom), t2 = t * t / trials;
  const double centre = (share + t2 / 2) / (1 + t2);
  const double half = t / (1 + t2) * std::sqrt(binomial / trials + t2 / (4 * trials));
  return {share, std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

}  // namespace saddle
