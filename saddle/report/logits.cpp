// Implements histograms and calibration of logits.
#include "saddle/report/logits.h"

#include "saddle/base/error.h"

namespace saddle {
namespace {

constexpr double kTail = 0.001;     // of the logits on each side that lie beyond the histogram
constexpr double kNarrowest = 0.5;  // a histogram is at least so wide

Tensor flat(const Tensor& x) { return x.to(at::kDouble).flatten().contiguous(); }

void require_both(const Tensor& p, const Tensor& q, const char* where) {
  if (p.numel() == 0 || q.numel() == 0) throw Error(std::string(where) + ": expected logits of both sides, got none");
}

std::vector<double> to_vector(const Tensor& x) {
  const Tensor row = x.contiguous();
  return {row.const_data_ptr<double>(), row.const_data_ptr<double>() + row.numel()};
}

}  // namespace

LogitHistogram histogram_logits(const Tensor& p_logits, const Tensor& q_logits, int64_t bins) {
  require_both(p_logits, q_logits, "histogram_logits");
  const Tensor p = flat(p_logits), q = flat(q_logits);
  const Tensor sorted = std::get<0>(at::cat({p, q}).sort());
  const auto last = static_cast<double>(sorted.numel() - 1);
  const auto quantile = [&](double share) { return sorted[std::lround(share * last)].item<double>(); };
  double low = quantile(kTail), high = quantile(1 - kTail);
  if (high - low < kNarrowest) low -= kNarrowest / 2, high += kNarrowest / 2;
  LogitHistogram result;
  const double width = (high - low) / static_cast<double>(bins);
  for (int64_t i = 0; i <= bins; ++i) result.edges.push_back(low + width * static_cast<double>(i));
  const auto shares = [&](const Tensor& x) {
    const Tensor bin = ((x - low) / width).floor().clamp(0, static_cast<double>(bins - 1)).to(at::kLong);
    return to_vector(at::bincount(bin, {}, bins).to(at::kDouble) / static_cast<double>(x.numel()));
  };
  result.p = shares(p);
  result.q = shares(q);
  return result;
}

std::vector<CalibrationPoint> calibration_of(const Tensor& p_logits, const Tensor& q_logits, int64_t groups) {
  require_both(p_logits, q_logits, "calibration_of");
  const Tensor p = flat(p_logits), q = flat(q_logits);
  const auto [logits, order] = at::cat({p, q}).sort();
  const auto total = static_cast<double>(p.numel() + q.numel());
  // Each side has half of the weight, as at equal prior odds.
  const double p_weight = total / (2 * static_cast<double>(p.numel())),
               q_weight = total / (2 * static_cast<double>(q.numel()));
  const Tensor is_p = (order < p.numel()).to(at::kDouble);
  std::vector<CalibrationPoint> points;
  for (int64_t g = 0; g < groups; ++g) {
    const int64_t from = g * logits.numel() / groups, to = (g + 1) * logits.numel() / groups;
    if (from == to) continue;
    const Tensor some = logits.slice(0, from, to), mine = is_p.slice(0, from, to);
    const Tensor weights = mine * p_weight + (1 - mine) * q_weight;
    const auto weight = weights.sum().item<double>();
    const double observed = (mine * weights).sum().item<double>() / weight;
    const double spread = 2 * std::sqrt(observed * (1 - observed) / static_cast<double>(to - from));
    points.push_back({(at::sigmoid(some) * weights).sum().item<double>() / weight, observed,
                      std::max(0.0, observed - spread), std::min(1.0, observed + spread)});
  }
  return points;
}

}  // namespace saddle
