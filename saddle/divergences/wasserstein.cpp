// Implements Wasserstein distances of samples by sorting.
#include "saddle/divergences/wasserstein.h"

#include "saddle/base/error.h"
#include "saddle/base/rng.h"

namespace saddle {
namespace {

constexpr int64_t kMostDirections = 64, kFewestDirections = 16;
constexpr int64_t kDirectionBudget = int64_t{64} * 20'000;  // directions times rows a side
constexpr int64_t kNullDirections = 8;                      // of those, for the null mean
constexpr int64_t kNullDraws = 8;                           // exchanges of rows

/// W_1 and W_2^2, averaged over the rows of x [k, n] and y [k, m], each row sorted.
std::pair<double, double> sorted_distances(const Tensor& x, const Tensor& y) {
  const int64_t n = x.size(1), m = y.size(1);
  if (n == m) {
    const Tensor gap = x - y;
    return {gap.abs().mean(at::kDouble).item<double>(), gap.square().mean(at::kDouble).item<double>()};
  }
  // Both quantile functions are constant between neighbours among all i/n and j/m; u m n is a whole number there.
  const auto steps = at::arange(1, n + 1) * m, steps_y = at::arange(1, m + 1) * n;
  const Tensor ends = std::get<0>(at::cat({steps, steps_y}).sort());
  const Tensor starts = at::cat({at::zeros({1}, at::kLong), ends.slice(0, 0, -1)});
  const Tensor weight = (ends - starts).to(at::kDouble) / (static_cast<double>(n) * static_cast<double>(m));
  const auto last = [](const Tensor& index, int64_t size) { return index.clamp_max(size - 1); };  // of weight 0
  const Tensor gap =
      x.index_select(1, last(starts.div(m, "floor"), n)) - y.index_select(1, last(starts.div(n, "floor"), m));
  const auto mean = [&](const Tensor& cost) { return at::mv(cost.to(at::kDouble), weight).mean().item<double>(); };
  return {mean(gap.abs()), mean(gap.square())};
}

Tensor sorted(const Tensor& x) { return std::get<0>(x.sort(-1)); }

}  // namespace

double wasserstein(const Tensor& x, const Tensor& y, int order) {
  if (x.numel() == 0 || y.numel() == 0) throw Error("wasserstein: expected numbers on both sides, got an empty sample");
  if (order != 1 && order != 2) throw Error("wasserstein: expected order 1 or 2, got " + std::to_string(order));
  const auto row = [](const Tensor& z) { return sorted(z.detach().to(at::kDouble).flatten()).unsqueeze(0); };
  const auto [w1, w2_squared] = sorted_distances(row(x), row(y));
  return order == 1 ? w1 : std::sqrt(w2_squared);
}

SlicedWasserstein sliced_wasserstein(const Tensor& p, const Tensor& q, uint64_t seed) {
  const Tensor x = p.detach().flatten(1), y = q.detach().flatten(1);
  if (x.size(1) != y.size(1))
    throw Error("sliced_wasserstein: expected rows of one size, got " + std::to_string(x.size(1)) + " and " +
                std::to_string(y.size(1)) + " numbers a row");
  const int64_t n = x.size(0), m = y.size(0), d = x.size(1);
  if (n == 0 || m == 0) throw Error("sliced_wasserstein: expected rows on both sides, got an empty sample");
  Rng rng = make_rng(seed, "sliced_wasserstein");
  const auto type = d == 1 ? at::kDouble : at::kFloat;
  const int64_t count = std::clamp(kDirectionBudget / std::max(n, m), kFewestDirections, kMostDirections);
  Tensor directions = d == 1 ? at::ones({1, 1}, at::kDouble) : randn({count, d}, rng);
  directions /= directions.norm(2, {1}, true);
  // About a common centre, so that float32 resolves the differences of data far from 0.
  const Tensor centre = x.mean(0, false, at::kDouble);
  const auto project = [&](const Tensor& z) { return at::mm(directions, (z - centre).to(type).t()); };
  const Tensor along_x = project(x), along_y = project(y);
  const auto [w1, w2_squared] = sorted_distances(sorted(along_x), sorted(along_y));

  // Rows exchanged at random: the order of the pooled rows is found once, and each exchange only relabels it.
  const int64_t few = std::min(kNullDirections, directions.size(0));
  const auto [pooled, order] = at::cat({along_x.slice(0, 0, few), along_y.slice(0, 0, few)}, 1).sort(-1);
  double null_w1 = 0, null_w2_squared = 0;
  for (int64_t draw = 0; draw < kNullDraws; ++draw) {
    const Tensor in_p = (rand({n + m}, rng, at::kCPU, at::kDouble).argsort() < n).index({order});
    const auto [a, b] = sorted_distances(pooled.masked_select(in_p).view({few, n}),
                                         pooled.masked_select(in_p.logical_not()).view({few, m}));
    null_w1 += a / kNullDraws;
    null_w2_squared += b / kNullDraws;
  }
  return {w1, std::sqrt(w2_squared), null_w1, std::sqrt(null_w2_squared)};
}

}  // namespace saddle
