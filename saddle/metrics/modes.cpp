// Implements the counting of modes by classes.
#include "saddle/metrics/modes.h"

#include <numeric>

#include "saddle/base/error.h"
#include "saddle/metrics/jackknife.h"

namespace saddle {
namespace {

constexpr int64_t kFewestDraws = 100, kMostDraws = 400, kDrawnRows = 1'000'000;  // for the floor

/// Rows of each class, [classes] float64.
Tensor counts_of(const Tensor& rows, int64_t classes) { return at::bincount(rows, {}, classes).to(at::kDouble); }

/// Rows of each class in each part, [parts, classes] float64.
Tensor part_counts(const Tensor& rows, const RowParts& parts, int64_t classes) {
  const Tensor part = at::tensor(parts.of_row, at::kInt).to(at::kLong);
  const auto count = static_cast<int64_t>(parts.sizes.size());
  return counts_of(part * classes + rows, count * classes).view({count, classes});
}

Tensor checked_classes(const Tensor& rows, int64_t size, int64_t classes, const char* of) {
  const std::string where = std::string("modes: expected classes of ") + of;
  if (rows.dim() != 1 || rows.size(0) != size || size < 1)
    throw Error(where + " of each of its " + std::to_string(size) + " rows, got others");
  const Tensor whole = rows.to(at::kLong).contiguous();
  const auto least = whole.min().item<int64_t>(), most = whole.max().item<int64_t>();
  if (least < 0 || most >= classes)
    throw Error(where + " in [0, " + std::to_string(classes) + "), got " + std::to_string(least < 0 ? least : most));
  return whole;
}

/// The classes of both samples, and P's shares where they are known.
struct Classes {
  Tensor p, q;    // p is undefined where shares are known
  Tensor shares;  // [classes] float64, or undefined
  int64_t count;
};

Classes checked(const MetricInput& input) {
  Classes classes = {{}, {}, {}, input.classes};
  classes.q = checked_classes(input.q_classes, input.q_classes.size(0), input.classes, "Q");
  if (!input.class_shares.defined()) {
    classes.p = checked_classes(input.p_classes, input.p_classes.size(0), input.classes, "P");
    return classes;
  }
  classes.shares = input.class_shares.to(at::kDouble).contiguous();
  if (classes.shares.dim() != 1 || classes.shares.size(0) != input.classes ||
      !(classes.shares > 0).all().item<bool>() || std::abs(classes.shares.sum().item<double>() - 1) > 1e-6)
    throw Error("modes: expected " + std::to_string(input.classes) +
                " positive shares that add up to 1, got others (leave out modes that P does not have)");
  return classes;
}

/// sum_k q_k log(q_k / p_k) over the last dimension.
Tensor reverse_kl(const Tensor& q_counts, const Tensor& p_shares) {
  const Tensor q = q_counts / q_counts.sum(-1, true);
  return (at::xlogy(q, q) - at::xlogy(q, p_shares)).sum(-1);
}

Tensor smoothed_shares(const Tensor& p_counts) {
  const Tensor counts = p_counts + 0.5;
  return counts / counts.sum(-1, true);
}

/// Draws rows of P anew, whole groups where `groups` holds them, to about as many as are wanted: counts of classes.
class Redrawn {
 public:
  Redrawn(const Tensor& rows, const Tensor& groups, int64_t classes) : rows_(rows), classes_(classes) {
    if (!groups.defined()) return;
    const Tensor unit = std::get<1>(at::_unique(groups.to(at::kLong), true, true));
    const int64_t units = unit.max().item<int64_t>() + 1;
    by_unit_ = counts_of(unit * classes + rows, units * classes).view({units, classes});
  }

  Tensor draw(int64_t rows, bool in_groups, Rng& rng) const {
    const auto integers = at::TensorOptions(at::kLong);
    if (!in_groups || !by_unit_.defined())
      return counts_of(rows_.index_select(0, at::randint(0, rows_.size(0), {rows}, rng, integers)), classes_);
    const int64_t units = by_unit_.size(0);
    const auto wanted =
        std::max<int64_t>(1, std::llround(static_cast<double>(rows * units) / static_cast<double>(rows_.size(0))));
    return counts_of(at::randint(0, units, {wanted}, rng, integers), units).matmul(by_unit_);
  }

 private:
  Tensor rows_, by_unit_;
  int64_t classes_;
};

/// The mean of the divergence at P = Q.
double floor_of(const Classes& classes, const MetricInput& input, Rng& rng) {
  const int64_t m = classes.q.size(0);
  const int64_t draws = std::clamp(kDrawnRows / m, kFewestDraws, kMostDraws);
  double sum = 0;
  if (classes.shares.defined()) {
    for (int64_t i = 0; i < draws; ++i) {
      const Tensor rows = at::multinomial(classes.shares, m, /*replacement=*/true, rng);
      sum += reverse_kl(counts_of(rows, classes.count), classes.shares).item<double>();
    }
    return sum / static_cast<double>(draws);
  }
  const Redrawn p(classes.p, input.p_groups, classes.count);
  for (int64_t i = 0; i < draws; ++i) {
    const Tensor p_counts = p.draw(classes.p.size(0), true, rng);
    const Tensor q_counts = p.draw(m, input.q_groups.defined(), rng);
    sum += reverse_kl(q_counts, smoothed_shares(p_counts)).item<double>();
  }
  return sum / static_cast<double>(draws);
}

/// How many modes a perfect sampler reaches with m rows.
double expected_modes(const Classes& classes, const Tensor& p_counts) {
  const auto m = static_cast<double>(classes.q.size(0));
  if (classes.shares.defined()) return (1 - (1 - classes.shares).pow(m)).sum().item<double>();
  const auto n = static_cast<double>(classes.p.size(0));
  if (m > n) return (1 - (1 - p_counts / n).pow(m)).sum().item<double>();
  // Of m of the n rows none is of class k with probability C(n - n_k, m) / C(n, m).
  const Tensor others = n - p_counts;
  const Tensor missed =
      (others + 1).lgamma() - (others - m + 1).clamp_min(1).lgamma() + std::lgamma(n - m + 1) - std::lgamma(n + 1);
  return (1 - at::where(others >= m, missed.exp(), 0)).sum().item<double>();
}

/// The divergence with all rows and without each part of either side.
Interval kl_interval(const Classes& classes, const RowParts& q_parts, const MetricInput& input,
                     const MetricOptions& options, Rng& rng) {
  const Tensor q_counts = counts_of(classes.q, classes.count);
  const Tensor q_left = q_counts.unsqueeze(0) - part_counts(classes.q, q_parts, classes.count);
  const auto spread_of = [](double whole, const Tensor& left, const RowParts& parts) {
    const auto* values = left.const_data_ptr<double>();
    return jackknife_spread(whole, std::vector<double>(values, values + left.size(0)), parts.sizes);
  };
  if (classes.shares.defined()) {
    const double whole = reverse_kl(q_counts, classes.shares).item<double>();
    return spread_interval(whole, spread_of(whole, reverse_kl(q_left, classes.shares).contiguous(), q_parts),
                           options.confidence);
  }
  const RowParts p_parts = deal_parts(input.p_groups, classes.p.size(0), rng);
  const Tensor p_counts = counts_of(classes.p, classes.count);
  const Tensor p_left = p_counts.unsqueeze(0) - part_counts(classes.p, p_parts, classes.count);
  const double whole = reverse_kl(q_counts, smoothed_shares(p_counts)).item<double>();
  return spread_interval(
      whole,
      sum_of_spreads(spread_of(whole, reverse_kl(q_counts.unsqueeze(0), smoothed_shares(p_left)).contiguous(), p_parts),
                     spread_of(whole, reverse_kl(q_left, smoothed_shares(p_counts)).contiguous(), q_parts)),
      options.confidence);
}

/// The number of modes: its variance is at most the number of those that a single row or group reaches, and one more
/// for what would be one with other rows.
Interval modes_interval(const Classes& classes, const MetricInput& input, double confidence) {
  const int64_t m = classes.q.size(0);
  const Tensor unit =
      input.q_groups.defined() ? std::get<1>(at::_unique(input.q_groups.to(at::kLong), true, true)) : at::arange(m);
  const Tensor pairs = std::get<0>(at::_unique(unit * classes.count + classes.q));  // of units and classes
  const Tensor units_of_class = counts_of(pairs.remainder(classes.count), classes.count);
  const Tensor single = units_of_class.index_select(0, pairs.remainder(classes.count)) == 1;
  const Tensor alone = at::zeros({unit.max().item<int64_t>() + 1}, at::kDouble)
                           .index_add_(0, pairs.floor_divide(classes.count), single.to(at::kDouble));
  const double variance = alone.square().sum().item<double>() + 1;
  const double modes = (units_of_class > 0).sum().item<double>();
  const Interval interval = spread_interval(modes, {variance, static_cast<double>(alone.size(0))}, confidence);
  return {modes, std::max(1.0, interval.lower), std::min(static_cast<double>(classes.count), interval.upper)};
}

}  // namespace

std::vector<MetricValue> class_modes(const MetricInput& input, const MetricOptions& options) {
  const Classes classes = checked(input);
  Rng rng = make_rng(options.seed, "modes");
  const Tensor p_counts = classes.p.defined() ? counts_of(classes.p, classes.count) : Tensor();
  const Interval modes = modes_interval(classes, input, options.confidence);
  const RowParts q_parts = deal_parts(input.q_groups, classes.q.size(0), rng);
  const Interval kl = kl_interval(classes, q_parts, input, options, rng);
  const double of_p = p_counts.defined() ? (p_counts > 0).sum().item<double>() : static_cast<double>(classes.count);
  std::vector<std::pair<std::string, double>> details = {{"classes", static_cast<double>(classes.count)},
                                                         {"modes_of_p", of_p}};
  return {{.name = "modes",
           .estimate = modes.estimate,
           .lower = modes.lower,
           .upper = modes.upper,
           .expected = expected_modes(classes, p_counts),
           .details = details},
          {.name = "reverse_kl_modes",
           .estimate = kl.estimate,
           .lower = kl.lower,
           .upper = kl.upper,
           .expected = floor_of(classes, input, rng),
           .details = details}};
}

std::vector<MissingMode> missing_modes(const MetricInput& input) {
  const Classes classes = checked(input);
  const Tensor q_counts = counts_of(classes.q, classes.count);
  const Tensor p_shares = classes.shares.defined()
                              ? classes.shares
                              : counts_of(classes.p, classes.count) / static_cast<double>(classes.p.size(0));
  std::vector<MissingMode> missing;
  missing.reserve(static_cast<size_t>(classes.count));
  for (int64_t mode = 0; mode < classes.count; ++mode) {
    const double p = p_shares[mode].item<double>();
    if (p > 0 && q_counts[mode].item<double>() == 0) missing.push_back({mode, p});
  }
  std::stable_sort(missing.begin(), missing.end(),
                   [](const MissingMode& a, const MissingMode& b) { return a.p > b.p; });
  return missing;
}

}  // namespace saddle
