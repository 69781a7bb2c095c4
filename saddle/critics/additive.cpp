// Implements additive critics.
#include "saddle/critics/additive.h"

#include "saddle/critics/logistic.h"

namespace saddle {
namespace {

constexpr int64_t kMostFeatures = 256;    // of all columns together
constexpr int64_t kQuantileRows = 6'000;  // of which the knots are quantiles
constexpr int64_t kMostKnots = 24, kFewestKnots = 5;
constexpr int64_t kDirections = 6;  // principal ones, which have functions of their own
constexpr int64_t kMostProducts = 300;
constexpr double kSignificant = 3;  // standard errors

/// Different quantiles of each column, ends included.
std::vector<Tensor> choose_knots(const Tensor& x, int64_t count) {
  const Tensor some = x.slice(0, 0, std::nullopt, 1 + x.size(0) / kQuantileRows);
  const int64_t d = x.size(1), n = some.size(0);
  const Tensor sorted = std::get<0>(some.t().contiguous().sort(1));
  // closer together towards the ends, where densities fall: quantiles of an arcsine law
  const Tensor shares = (1 - at::linspace(0, 3.14159265358979, count, at::kDouble).cos()) / 2;
  const Tensor places = (shares * static_cast<double>(n - 1)).round().to(at::kLong);
  std::vector<Tensor> knots;
  knots.reserve(static_cast<size_t>(d));
  for (int64_t c = 0; c < d; ++c)
    knots.push_back(std::get<0>(at::unique_consecutive(sorted[c].index_select(0, places))));
  return knots;
}

/// The hat functions of one column: 1 at their own knot, 0 at the others, linear between, constant beyond the ends.
Tensor hats(const Tensor& column, const Tensor& knots) {
  const int64_t k = knots.size(0);
  if (k < 2) return at::zeros({column.size(0), 0});
  const Tensor x = column.clamp(knots[0].item<float>(), knots[k - 1].item<float>()).contiguous();
  const Tensor right = at::searchsorted(knots, x).clamp(1, k - 1), left = right - 1;
  const Tensor low = knots.index_select(0, left), high = knots.index_select(0, right);
  const Tensor share = ((x - low) / (high - low)).unsqueeze(1);
  Tensor result = at::zeros({x.size(0), k});
  result.scatter_(1, left.unsqueeze(1), 1 - share).scatter_(1, right.unsqueeze(1), share);
  return result.slice(1, 1);  // they sum to 1: the intercept stands for the first
}

Tensor all_hats(const Tensor& x, const std::vector<Tensor>& knots) {
  std::vector<Tensor> parts;
  parts.reserve(knots.size());
  for (size_t c = 0; c < knots.size(); ++c) parts.push_back(hats(x.select(1, static_cast<int64_t>(c)), knots[c]));
  return at::cat(parts, 1);
}

/// Numbers i and j (i <= j) of the products whose means differ, [2, k].
Tensor differing_products(const Labelled& train) {
  const Tensor real = train.label > 0.5;
  const Tensor p = train.x.index({real}), q = train.x.index({real.logical_not()});
  const auto moments = [](const Tensor& x) {
    const auto n = static_cast<double>(x.size(0));
    const Tensor mean = at::mm(x.t(), x) / n, square = at::mm(x.square().t(), x.square()) / n;
    return std::pair(mean, (square - mean.square()).clamp_min(0) / n);
  };
  const auto [p_mean, p_variance] = moments(p);
  const auto [q_mean, q_variance] = moments(q);
  const Tensor z = ((p_mean - q_mean).abs() / (p_variance + q_variance + 1e-12).sqrt()).triu();
  const auto [best, places] = z.flatten().topk(std::min(kMostProducts, z.numel()));
  const Tensor kept = places.index({best > kSignificant});
  return at::stack({kept.div(z.size(1), "floor"), kept.remainder(z.size(1))});
}

}  // namespace

Critic fit_additive(const Labelled& train, const Labelled& held, uint64_t) {
  const auto axes = [](const Labelled& rows) {
    return rows.x.size(1) > 1 ? at::cat({rows.x, rows.white.slice(1, 0, kDirections)}, 1) : rows.x;
  };
  const Tensor x = axes(train);
  const std::vector<Tensor> knots = choose_knots(x, std::clamp(kMostFeatures / x.size(1), kFewestKnots, kMostKnots));
  return fit_ridge_path(
      [knots, axes](const Labelled& rows) {
        const Tensor columns = axes(rows);
        return at::cat({columns, all_hats(columns, knots)}, 1);
      },
      train, held);
}

Critic fit_products(const Labelled& train, const Labelled& held, uint64_t) {
  const Tensor pairs = differing_products(train);
  return fit_ridge_path(
      [pairs](const Labelled& rows) {
        const Tensor products = rows.x.index_select(1, pairs[0]) * rows.x.index_select(1, pairs[1]);
        return at::cat({rows.x, products.clamp(-30, 30)}, 1);
      },
      train, held);
}

}  // namespace saddle
