// Implements groups of rows.
#include "saddle/metrics/row_groups.h"

#include "saddle/base/error.h"

namespace saddle {
namespace {

/// The number of each row's group, from 0, and how many rows each group has.
std::pair<Tensor, Tensor> numbered(int64_t n, const Tensor& groups) {
  if (!groups.defined()) return {at::arange(n), at::ones({n}, at::kLong)};
  if (groups.dim() != 1 || groups.size(0) != n || groups.scalar_type() != at::kLong)
    throw Error(c10::str("groups of rows: expected [", n, "] int64, got ", groups.sizes(), " ", groups.scalar_type()));
  const auto [values, inverse, counts] = at::_unique2(groups, /*sorted=*/true, true, true);
  return {inverse, counts};
}

}  // namespace

int64_t RowOrder::nearest_end(int64_t place) const {
  const auto above = std::lower_bound(ends.begin(), ends.end(), place);
  if (above == ends.end()) return ends.back();
  const int64_t below = above == ends.begin() ? 0 : *(above - 1);
  return place - below < *above - place ? below : *above;
}

RowOrder shuffle_rows(int64_t n, const Tensor& groups, Rng& rng) {
  const auto [number, counts] = numbered(n, groups);
  const int64_t count = counts.size(0);
  const Tensor shuffled = at::randperm(count, rng, at::kLong), place = at::empty({count}, at::kLong);
  place.index_copy_(0, shuffled, at::arange(count));
  RowOrder order{place.index_select(0, number).argsort(/*stable=*/true, 0, false), {}};
  const Tensor ends = counts.index_select(0, shuffled).cumsum(0);
  order.ends.assign(ends.const_data_ptr<int64_t>(), ends.const_data_ptr<int64_t>() + count);
  return order;
}

MeanVariance MeanVariance::operator+(const MeanVariance& other) const {
  const double sum = variance + other.variance;
  return {sum, sum * sum / (variance * variance / freedom + other.variance * other.variance / other.freedom)};
}

MeanVariance variance_of_mean(const Tensor& x, const Tensor& groups) {
  const auto n = static_cast<double>(x.size(0));
  const auto [number, counts] = numbered(x.size(0), groups);
  const auto count = static_cast<double>(counts.size(0));
  const Tensor values = x.to(at::kDouble);
  const Tensor squares =
      at::zeros({counts.size(0)}, at::kDouble).index_add_(0, number, values - values.mean()).square();
  const double sum = squares.sum().item<double>();
  const double excess = count * squares.square().sum().item<double>() / (sum * sum) - 1;  // kurtosis - 1
  return {count / (count - 1) * sum / (n * n), std::min(count - 1, 2 * count / excess)};
}

int64_t count_groups(int64_t n, const Tensor& groups) { return numbered(n, groups).second.size(0); }

}  // namespace saddle
