// Implements linear and quadratic critics.
#include "saddle/critics/quadratic.h"

#include "saddle/critics/logistic.h"

namespace saddle {
namespace {

constexpr int64_t kAllProducts = 15;  // columns up to which every product is a feature

Tensor covariance(const Tensor& rows) {
  const Tensor x = rows.to(at::kDouble), centred = x - x.mean(0);
  return at::mm(centred.t(), centred) / static_cast<double>(x.size(0) - 1);
}

/// Directions along which the covariances differ by more than sampling explains [d, k], and the others [d, d - k].
std::pair<Tensor, Tensor> split_directions(const Labelled& train) {
  const Tensor real = train.label > 0.5;
  const Tensor p = train.white.index({real}), q = train.white.index({real.logical_not()});
  const auto d = static_cast<double>(p.size(1));
  const double cp = d / static_cast<double>(p.size(0)), cq = d / static_cast<double>(q.size(0));
  if (cp >= 0.5 || cq >= 0.5) return {at::zeros({p.size(1), 0}), at::eye(p.size(1))};
  const Tensor jitter = 1e-8 * at::eye(p.size(1), at::kDouble);
  const Tensor factor = at::linalg_cholesky(covariance(p) + jitter);
  const Tensor half = at::linalg_solve_triangular(factor, covariance(q), /*upper=*/false);
  const Tensor ratio = at::linalg_solve_triangular(factor, half.t().contiguous(), false);
  const auto [values, vectors] = at::linalg_eigh((ratio + ratio.t()) / 2);
  const double spread = std::sqrt(cp + cq - cp * cq);
  const double low = std::pow((1 - spread) / (1 - cp), 2), high = std::pow((1 + spread) / (1 - cp), 2);
  const Tensor outside = (values < low * 0.98) | (values > high * 1.02);
  const Tensor all = at::linalg_solve_triangular(factor.t().contiguous(), vectors, /*upper=*/true).to(at::kFloat);
  const auto pick = [&all](const Tensor& which) { return all.index_select(1, which.nonzero().squeeze(1)); };
  return {pick(outside), pick(outside.logical_not())};
}

/// log N(x; mean, covariance) but for a constant that both sides share.
struct NormalLogDensity {
  NormalLogDensity(const Tensor& mean, const Tensor& covariance) {
    const Tensor factor = at::linalg_cholesky(covariance);
    half_log_determinant = factor.diagonal().log().sum().item<double>();
    whiten = at::linalg_solve_triangular(factor, at::eye(factor.size(0), at::kDouble), /*upper=*/false)
                 .t()
                 .to(at::kFloat)
                 .contiguous();
    centre = at::mv(whiten.t(), mean.to(at::kFloat));
  }

  Tensor operator()(const Tensor& x) const {
    return (at::mm(x, whiten) - centre).square().sum(1) * -0.5 - half_log_determinant;
  }

  Tensor whiten, centre;
  double half_log_determinant;
};

}  // namespace

Tensor with_products(const Tensor& x) {
  std::vector<Tensor> parts = {x};
  for (int64_t i = 0; i < x.size(1); ++i) parts.push_back(x.slice(1, i) * x.slice(1, i, i + 1));
  return at::cat(parts, 1);
}

Critic fit_linear(const Labelled& train, const Labelled& held, uint64_t) {
  return fit_ridge_path([](const Labelled& rows) { return rows.x; }, train, held);
}

Critic fit_quadratic(const Labelled& train, const Labelled& held, uint64_t) {
  if (train.white.size(1) <= kAllProducts)
    return fit_ridge_path([](const Labelled& rows) { return with_products(rows.white.clamp(-5, 5)); }, train, held);
  const auto [differ, rest] = split_directions(train);
  return fit_ridge_path(
      [one_by_one = differ, all_others = rest](const Labelled& rows) {
        const Tensor each = at::mm(rows.white, one_by_one).clamp(-6, 6).square();
        const Tensor together = at::mm(rows.white, all_others).clamp(-6, 6).square().sum(1, true);
        return at::cat({rows.white, each, together}, 1);
      },
      train, held);
}

Critic fit_gaussian(const Labelled& train, const Labelled& held, uint64_t) {
  const Tensor real = train.label > 0.5;
  const Tensor p = train.white.index({real}).to(at::kDouble),
               q = train.white.index({real.logical_not()}).to(at::kDouble);
  const Tensor of_p = covariance(p), of_q = covariance(q);
  const Tensor middle = (of_p + of_q) / 2 + 1e-6 * at::eye(of_p.size(0), at::kDouble), half = (of_p - of_q) / 2;
  Critic best;
  double best_value = -1e300;
  for (const double kept : {1.0, 0.8, 0.6, 0.3}) {
    const NormalLogDensity log_p(p.mean(0), middle + kept * half), log_q(q.mean(0), middle - kept * half);
    const Critic critic = [=](const Labelled& rows) { return log_p(rows.white) - log_q(rows.white); };
    const Tensor logits = critic(held).clamp(-30, 30).unsqueeze(1);
    const double value = weighted_value(logistic_logits(logits, fit_logistic(logits, held, 1)), held);
    if (value > best_value) best_value = value, best = critic;
  }
  return best;
}

}  // namespace saddle
