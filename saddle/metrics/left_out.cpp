// Implements the interval of a number from what it is without some of the rows.
#include "saddle/metrics/left_out.h"

namespace saddle {

std::vector<double> means_without(const Tensor& x, const RowParts& parts) {
  const Tensor part = at::tensor(parts.of_row, at::kInt), sizes = at::tensor(parts.sizes, at::kDouble);
  const Tensor values = x.to(at::kDouble);
  const Tensor means = (values.sum() - at::bincount(part, values, sizes.numel())) / (sizes.sum() - sizes);
  return {means.const_data_ptr<double>(), means.const_data_ptr<double>() + means.numel()};
}

ScoreValue score_value(const LeftOut& number, const DealtRows& rows, double confidence, bool share) {
  Spread spread{0, 0};
  int64_t units = 0;
  const auto add = [&](const std::vector<double>& without, const RowParts& parts) {
    if (without.empty()) return;
    const Spread side = jackknife_spread(number.whole, without, parts.sizes);
    spread = units == 0 ? side : sum_of_spreads(spread, side);
    units = units == 0 ? parts.units : std::min(units, parts.units);
  };
  add(number.p, rows.p);
  add(number.q, rows.q);
  spread.variance *= number.inflation;
  const Interval interval = share ? share_interval(number.whole, spread, units, confidence)
                                  : spread_interval(number.whole, spread, confidence);
  return {number.whole, std::min(number.whole, interval.lower), std::max(number.whole, interval.upper),  // rounding
          std::sqrt(spread.variance)};
}

}  // namespace saddle
