// Implements the JSD of one column.
#include "saddle/critics/marginals.h"

#include "saddle/base/constants.h"
#include "saddle/base/error.h"

namespace saddle {
namespace {

constexpr double kMostBins = 32, kFewestBins = 4;
constexpr double kPrior = 0.5;  // counted in every bin on both sides (Jeffreys)

Tensor every_second(const Tensor& x, int64_t from) { return x.slice(0, from, std::nullopt, 2); }

/// Upper ends of the bins, ascending: quantiles of the pooled values, each once.
Tensor bin_edges(const Tensor& pooled) {
  const auto count = static_cast<double>(pooled.numel());
  const auto bins = static_cast<int64_t>(std::clamp(2 * std::cbrt(count / 2), kFewestBins, kMostBins));
  const Tensor sorted = std::get<0>(pooled.sort());
  const Tensor at = (at::arange(1, bins, at::kDouble) * (count / static_cast<double>(bins))).to(at::kLong);
  const Tensor edges = sorted.index_select(0, at.clamp_max(pooled.numel() - 1));
  // A value that fills a quantile has a bin of its own: the next smaller value is an edge too.
  const Tensor frequent = edges.slice(0, 1).index({edges.slice(0, 1) == edges.slice(0, 0, -1)});
  const Tensor before = at::searchsorted(sorted, frequent) - 1;
  return std::get<0>(at::_unique2(at::cat({edges, sorted.index_select(0, before.clamp_min(0))}), /*sorted=*/true));
}

/// The bin of each value; NaN has the last.
Tensor bins_of(const Tensor& x, const Tensor& edges) {
  return at::where(x.isnan(), edges.numel() + 1, at::searchsorted(edges, x.nan_to_num()));
}

/// Some rows of one column on both sides.
struct Half {
  Tensor p, q;
};

/// log 2 sigmoid(l) of P's rows and log 2 sigmoid(-l) of Q's, the log-odds l counted on other rows.
Half score(const Half& fit, const Half& test) {
  const Tensor pooled = at::cat({fit.p, fit.q});
  const Tensor known = pooled.index({pooled.isnan().logical_not()});
  const Tensor edges = known.numel() > 0 ? bin_edges(known) : at::zeros({1}, at::kDouble);
  const auto log_share = [&](const Tensor& x) {
    const Tensor counts = at::bincount(bins_of(x, edges), {}, edges.numel() + 2).to(at::kDouble) + kPrior;
    return (counts / counts.sum()).log();
  };
  const Tensor log_odds = log_share(fit.p) - log_share(fit.q);
  const auto scores = [&](const Tensor& x, double sign) {
    return at::log_sigmoid(sign * log_odds.index_select(0, bins_of(x, edges))) + kLog2;
  };
  return {scores(test.p, 1), scores(test.q, -1)};
}

}  // namespace

MarginalJs marginal_js(const Tensor& p, const Tensor& q) {
  if (p.numel() < 10 || q.numel() < 10)
    throw Error("marginal_js: expected at least 10 rows a side, got " + std::to_string(std::min(p.numel(), q.numel())));
  const Half even{every_second(p, 0), every_second(q, 0)}, odd{every_second(p, 1), every_second(q, 1)};
  const Half first = score(even, odd), second = score(odd, even);
  const Tensor a = at::cat({first.p, second.p}), b = at::cat({first.q, second.q});
  const auto variance_of_mean = [](const Tensor& x) { return x.var().item<double>() / static_cast<double>(x.numel()); };
  return {(a.mean().item<double>() + b.mean().item<double>()) / 2,
          std::sqrt(variance_of_mean(a) + variance_of_mean(b)) / 2};
}

}  // namespace saddle
