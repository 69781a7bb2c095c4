// Implements the test for copies.
#include "saddle/metrics/copies.h"

#include <numeric>

#include "saddle/base/error.h"
#include "saddle/metrics/jackknife.h"
#include "saddle/metrics/near_rows.h"

namespace saddle {
namespace {

constexpr int64_t kFar = 5;              // the neighbour whose distance is the unit
constexpr double kCopy = 0.5;            // what lies nearer than that by this factor is taken for a copy
constexpr int64_t kPermutations = 1999;  // so that p = 0.05 is one of the values
constexpr int64_t kFewestBelow = 8;      // rows up to the first threshold
constexpr int64_t kDraws = 20;           // of one row a group
constexpr double kNearest = 0.01;        // the held-out rows' quantile of distances
constexpr int64_t kPermutationBlock = 64;

/// Distances to training rows: the nearest, and as a share of the fifth nearest.
struct ToTraining {
  Tensor nearest, ratio;  // [n] float64
};

ToTraining to_training(const NearLists& lists, int64_t rows) {
  ToTraining result = {at::empty({rows}, at::kDouble), at::empty({rows}, at::kDouble)};
  for (int64_t i = 0; i < rows; ++i) {
    const double first = std::sqrt(lists.squared(i)[0]), last = std::sqrt(lists.squared(i)[lists.length() - 1]);
    result.nearest.mutable_data_ptr<double>()[i] = first;
    result.ratio.mutable_data_ptr<double>()[i] = last > 0 ? first / last : 0;
  }
  return result;
}

/// Numbers of groups in [0, count): each row's own where there are none.
Tensor unit_of(const Tensor& groups, int64_t rows) {
  return groups.defined() ? std::get<1>(at::_unique(groups.to(at::kLong), true, true)) : at::arange(rows);
}

/// For each unit, how many of its rows are up to each threshold, [units, thresholds].
Tensor units_below(const Tensor& ratio, const Tensor& unit, const Tensor& thresholds) {
  const Tensor below = (ratio.unsqueeze(1) <= thresholds.unsqueeze(0)).to(at::kDouble);
  return at::zeros({unit.max().item<int64_t>() + 1, below.size(1)}, at::kDouble).index_add_(0, unit, below);
}

/// The ratios up to which rows are counted: of the 8th, 16th, ... smallest that is one of a copy, and of all copies.
Tensor thresholds_of(const Tensor& pooled) {
  const Tensor sorted = std::get<0>(pooled.masked_select(pooled < kCopy).sort());
  std::vector<double> thresholds;
  thresholds.reserve(64);
  for (int64_t rank = kFewestBelow; rank < sorted.size(0); rank *= 2)
    thresholds.push_back(sorted[rank - 1].item<double>());
  if (sorted.size(0) > 0) thresholds.push_back(sorted[-1].item<double>());
  return at::tensor(thresholds, at::kDouble);
}

/// The counts of Q's rows that labels by chance give, [labellings, thresholds].
Tensor counts_by_chance(const Tensor& hits, int64_t units, int64_t of_q, Rng& rng) {
  std::vector<Tensor> counts;
  counts.reserve(kPermutations / kPermutationBlock + 1);
  for (int64_t done = 0; done < kPermutations; done += kPermutationBlock) {
    const int64_t block = std::min(kPermutationBlock, kPermutations - done);
    Tensor labels = rand({block, hits.size(0)}, rng, at::kCPU, at::kDouble);
    for (int64_t i = 0; i < block; ++i) {  // one unit after the other is Q's with the share that is left of Q's
      auto* label = labels.mutable_data_ptr<double>() + i * hits.size(0);
      auto left = static_cast<double>(of_q), all = static_cast<double>(units);
      for (int64_t j = 0; j < hits.size(0); ++j, --all) {
        label[j] = label[j] * all < left ? 1 : 0;
        left -= label[j];
      }
    }
    counts.push_back(labels.matmul(hits));
  }
  return at::cat(counts);
}

double permutation_p(const Tensor& p, const Tensor& p_unit, const Tensor& q, const Tensor& q_unit, Rng& rng) {
  const Tensor thresholds = thresholds_of(at::cat({p, q}));
  if (thresholds.size(0) == 0) return 1;
  const Tensor q_below = units_below(q, q_unit, thresholds);
  const Tensor below = at::cat({q_below, units_below(p, p_unit, thresholds)});
  // Only units with a row that may be a copy make a difference.
  const Tensor hits = below.index_select(0, below.select(1, -1).nonzero().squeeze(1));
  const Tensor counts = at::cat({q_below.sum(0, true), counts_by_chance(hits, below.size(0), q_below.size(0), rng)});
  // Centred and scaled by all labellings, the observed one among them, so that each is treated alike.
  const Tensor largest = ((counts - counts.mean(0)) / counts.std(0, true).clamp_min(1e-9)).amax(1);
  const auto as_large = (largest >= largest[0] - 1e-9).sum().item<int64_t>();  // equal ones but for rounding
  return static_cast<double>(as_large) / static_cast<double>(kPermutations + 1);
}

/// Rows, one of each group.
Tensor one_of_each(const Tensor& unit, Rng& rng) {
  const Tensor order = at::randperm(unit.size(0), rng, at::TensorOptions(at::kLong));
  const Tensor chosen = at::empty({unit.max().item<int64_t>() + 1}, at::kLong);
  for (int64_t i = 0; i < order.size(0); ++i) {
    const int64_t row = order.const_data_ptr<int64_t>()[i];
    chosen.mutable_data_ptr<int64_t>()[unit.const_data_ptr<int64_t>()[row]] = row;
  }
  return chosen;
}

double copies_p(const Tensor& p, const Tensor& q, const MetricInput& input, Rng& rng) {
  const Tensor p_unit = unit_of(input.p_groups, p.size(0)), q_unit = unit_of(input.q_groups, q.size(0));
  if (input.p_groups.defined() == input.q_groups.defined()) return permutation_p(p, p_unit, q, q_unit, rng);
  double sum = 0;
  for (int64_t draw = 0; draw < kDraws; ++draw) {
    const Tensor p_one = p.index_select(0, one_of_each(p_unit, rng)),
                 q_one = q.index_select(0, one_of_each(q_unit, rng));
    sum += permutation_p(p_one, at::arange(p_one.size(0)), q_one, at::arange(q_one.size(0)), rng);
  }
  return std::min(1.0, 2 * sum / static_cast<double>(kDraws));
}

/// The share of rows for which something holds, and its interval over units.
Interval share_of_units(const Tensor& holds, const Tensor& unit, double confidence) {
  const auto rows = static_cast<double>(holds.size(0));
  const double share = holds.to(at::kDouble).mean().item<double>();
  const int64_t units = unit.max().item<int64_t>() + 1;
  const Tensor deviation = at::zeros({units}, at::kDouble).index_add_(0, unit, holds.to(at::kDouble) - share);
  const auto count = static_cast<double>(units);
  const double variance = deviation.square().sum().item<double>() * count / std::max(count - 1, 1.0) / (rows * rows);
  return share_interval(share, {variance, std::max(count - 1, 1.0)}, units, confidence);
}

}  // namespace

std::vector<MetricValue> copies(const MetricInput& input, const MetricOptions& options) {
  const std::vector<NearRows> rows = rows_in_common({input.p, input.q, input.train});
  const int64_t n = rows[0].count(), m = rows[1].count(), far = std::min(kFar, rows[2].count());
  if (far < 2) throw Error("copies: expected at least two training rows, got fewer");
  const ToTraining p = to_training(nearest_rows(rows[0], rows[2], far), n);
  const ToTraining q = to_training(nearest_rows(rows[1], rows[2], far), m);
  Rng rng = make_rng(options.seed, "copies");
  const Tensor p_unit = unit_of(input.p_groups, n), q_unit = unit_of(input.q_groups, m);
  const Interval share = share_of_units(q.ratio < kCopy, q_unit, options.confidence);
  const Interval held_out = share_of_units(p.ratio < kCopy, p_unit, options.confidence);
  const auto rank = std::max<int64_t>(1, std::llround(kNearest * static_cast<double>(n + 1)));
  const double near = std::get<0>(p.nearest.sort())[rank - 1].item<double>();
  MetricValue value = {.name = "copies",
                       .estimate = share.estimate,
                       .lower = share.lower,
                       .upper = share.upper,
                       .expected = held_out.estimate,
                       .p_value = copies_p(p.ratio, q.ratio, input, rng)};
  value.details = {{"train", static_cast<double>(rows[2].count())},
                   {"held_out_lower", held_out.lower},
                   {"held_out_upper", held_out.upper},
                   {"nearer", (q.nearest < near).to(at::kDouble).mean().item<double>()},
                   {"nearer_expected", static_cast<double>(rank) / static_cast<double>(n + 1)}};
  if (input.p_groups.defined() && input.train_groups.defined()) {
    const double known = at::isin(input.p_groups, input.train_groups).to(at::kDouble).mean().item<double>();
    if (known > 0)
      value.warnings.push_back("of the held-out rows " + std::to_string(std::llround(100 * known)) +
                               " % are of groups that the training data have too, which hides copies");
  }
  return {value};
}

std::vector<NearestPair> nearest_pairs(const Tensor& q, const Tensor& train, int64_t count) {
  if (q.dim() != 2 || train.dim() != 2 || q.size(1) != train.size(1))
    throw Error("nearest pairs: expected rows of one length, got others");
  if (train.size(0) < 2) throw Error("nearest pairs: expected at least two training rows, got fewer");
  const std::vector<NearRows> rows = rows_in_common({q, train});
  const NearLists lists = nearest_rows(rows[0], rows[1], std::min(kFar, train.size(0)));
  const ToTraining to = to_training(lists, q.size(0));
  const Tensor order = to.ratio.argsort(/*stable=*/true, 0, false).narrow(0, 0, std::min(count, q.size(0)));
  std::vector<NearestPair> pairs;
  std::vector<int64_t> originals;
  pairs.reserve(static_cast<size_t>(order.size(0)));
  originals.reserve(static_cast<size_t>(order.size(0)));
  for (int64_t i = 0; i < order.size(0); ++i) {
    const int64_t row = order.const_data_ptr<int64_t>()[i];
    pairs.push_back({row, lists.index(row)[0], to.nearest[row].item<double>(), to.ratio[row].item<double>(), 0});
    originals.push_back(lists.index(row)[0]);
  }
  if (pairs.empty()) return pairs;
  const std::vector<NearRows> own = rows_in_common({train.index_select(0, at::tensor(originals, at::kLong)), train});
  const NearLists others = nearest_rows(own[0], own[1], 2);
  for (size_t i = 0; i < pairs.size(); ++i) {
    const auto row = static_cast<int64_t>(i);  // itself is one of the two at distance 0, or both are its duplicates
    pairs[i].train_distance = std::sqrt(others.squared(row)[1]);
  }
  return pairs;
}

}  // namespace saddle
