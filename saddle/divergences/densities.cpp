// Implements the densities that divergences are integrals of.
#include "saddle/divergences/densities.h"

#include "saddle/base/constants.h"

namespace saddle {
// Beyond 40 it is x in double precision too.
Tensor log1p_exp(const Tensor& x) { return at::softplus(x, /*beta=*/1, /*threshold=*/40); }

Tensor divergence_densities(const Tensor& log_p, const Tensor& log_q) {
  const Tensor p = log_p.exp(), q = log_q.exp(), ratio = log_p - log_q;
  // p log(p/q) - p + q, and 0 log 0 = 0
  const auto kl = [](const Tensor& a, const Tensor& b, const Tensor& log_ratio) {
    return at::where(a > 0, a * log_ratio - a + b, b).clamp_min(0);
  };
  const auto weighted = [](const Tensor& a, const Tensor& x) { return at::where(a > 0, a * x, 0.0); };
  const Tensor js = (weighted(p, kLog2 - log1p_exp(-ratio)) + weighted(q, kLog2 - log1p_exp(ratio))) / 2;
  const Tensor near = q * ratio.clamp(-1, 1).expm1().square(), far = (log_p + ratio).exp() - 2 * p + q;
  const Tensor chi2 = at::where(ratio.abs() < 1, near, far.clamp_min(0));
  const Tensor all = at::stack(
      {kl(p, q, ratio), kl(q, p, -ratio), js.clamp_min(0), (p - q).abs() / 2, (p.sqrt() - q.sqrt()).square() / 2, chi2},
      1);
  // Where both densities are 0 there is nothing; their logs may both be infinite there.
  const Tensor nothing = at::logical_and(log_p.isinf(), log_q.isinf());
  return all.masked_fill(nothing.unsqueeze(1), 0);
}

ExactValue by_quadrature(double value) { return {value, 0, ExactMethod::quadrature}; }

void set_integrals(const std::vector<double>& values, ExactDivergences& result) {
  result.kl = by_quadrature(values[0]);
  result.reverse_kl = by_quadrature(values[1]);
  result.js = by_quadrature(std::min(values[2], kLog2));
  result.total_variation = by_quadrature(std::min(values[3], 1.0));
  result.squared_hellinger = by_quadrature(std::min(values[4], 1.0));
  result.pearson_chi2 = by_quadrature(values[5]);
}

}  // namespace saddle
