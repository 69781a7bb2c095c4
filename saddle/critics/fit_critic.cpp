// Implements the cross-fitting of the portfolio, its combination, and what it certifies.
#include "saddle/critics/fit_critic.h"

#include <iomanip>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"

namespace saddle {
namespace {

constexpr int64_t kFewestRows = 50;
constexpr double kRegretShare = 0.25;                   // of what V gains on the rows that the critic was fitted on
constexpr double kSaturated = 0.97;                     // of log 2
constexpr double kWideGap = 0.02, kWideGapShare = 0.1;  // nats, and of the estimate: what overfitting may add unsaid

const double kLog2 = std::log(2.0);

/// Which rows of a side belong to which fold: a random order, cut into equal parts.
std::vector<Tensor> fold_rows(int64_t n, int64_t folds, Rng& rng) {
  const Tensor order = at::randperm(n, rng, at::kLong);
  std::vector<Tensor> parts;
  parts.reserve(static_cast<size_t>(folds));
  for (int64_t k = 0; k < folds; ++k) parts.push_back(order.slice(0, n * k / folds, n * (k + 1) / folds));
  return parts;
}

Tensor all_but(const std::vector<Tensor>& folds, size_t left_out) {
  std::vector<Tensor> rest;
  for (size_t k = 0; k < folds.size(); ++k)
    if (k != left_out) rest.push_back(folds[k]);
  return at::cat(rest);
}

void check(const Tensor& p, const Tensor& q) {
  if ((p.dim() != 2 && p.dim() != 4) || p.dim() != q.dim() || p.sizes().slice(1) != q.sizes().slice(1))
    throw Error(c10::str("critic: expected rows of one shape on both sides, got ", p.sizes(), " and ", q.sizes()));
  for (const Tensor& side : {p, q}) {
    if (side.size(0) < kFewestRows)
      throw Error(c10::str("critic: expected at least ", kFewestRows, " rows on either side, got ", side.size(0)));
    if (!at::isfinite(side).all().item<bool>()) throw Error("critic: expected finite values, got NaN or infinity");
  }
}

/// log 2D of the right answer: its mean over both sides is log 2 + V/2.
Tensor scores(const Tensor& logits_towards_own_side) { return at::log_sigmoid(logits_towards_own_side) + kLog2; }

/// The lower bound on the total variation that one fold certifies: 2 accuracy - 1.
double certify_total_variation(const Tensor& p_logits, const Tensor& q_logits, double alpha) {
  const Tensor p = (p_logits.sign() + 1) / 2, q = (1 - q_logits.sign()) / 2;
  return 2 * betting_lower_bound(pair_means(p, q), 0, 1, alpha) - 1;
}

std::string nats(double x) {
  std::ostringstream text;
  text << std::setprecision(3) << x;
  return text.str();
}

/// log 2 + V/2, and a share of what V gains on the rows that the critic was fitted on.
double estimate_js(double value, double fitted_value) {
  const double regret = std::max(0.0, fitted_value - value) * kRegretShare;
  return std::clamp(kLog2 + (value + regret) / 2, 0.0, kLog2);
}

/// V of logits, and the standard error of V/2.
std::pair<double, double> value_of(const Tensor& p_logits, const Tensor& q_logits) {
  const Tensor p = scores(p_logits), q = scores(-q_logits);
  return {p.mean().item<double>() + q.mean().item<double>() - 2 * kLog2,
          std::sqrt(p.var().item<double>() / static_cast<double>(p.numel()) +
                    q.var().item<double>() / static_cast<double>(q.numel())) /
              2};
}

/// What a careful statistician would say of the fit.
std::vector<std::string> warnings_about(const CriticFit& fit) {
  std::vector<std::string> warnings;
  if (fit.js > kSaturated * kLog2)
    warnings.push_back(
        "the JSD is close to its maximum, log 2: P and Q hardly overlap, and it no longer tells how far "
        "apart they are");
  const double gap = (fit.fitted_value - fit.value.estimate) / 2;
  if (gap > std::max(kWideGap, kWideGapShare * fit.js))
    warnings.push_back("the critic had not converged: it tells the rows that it was fitted on apart by " + nats(gap) +
                       " nats more than others, so that more rows would probably raise the estimate");
  return warnings;
}

}  // namespace

CriticFit fit_critic(const Tensor& p, const Tensor& q, const CriticOptions& options) {
  check(p, q);
  const at::NoGradGuard no_grad;
  const int64_t n = p.size(0), m = q.size(0);
  const auto folds = static_cast<size_t>(options.folds);
  const double share = 1 / static_cast<double>(folds);
  Rng rng = make_rng(options.seed, "folds");
  const auto p_folds = fold_rows(n, options.folds, rng), q_folds = fold_rows(m, options.folds, rng);
  CriticFit result;
  result.p_logits = at::zeros({n}, at::kDouble);
  result.q_logits = at::zeros({m}, at::kDouble);
  result.critics.resize(critic_kinds().size());
  for (size_t k = 0; k < folds; ++k) {
    int fitted = 0;
    const auto progress = [&](const char* what) {
      const double done = std::min(1.0, fitted++ / static_cast<double>(critic_kinds().size()));
      if (options.progress) options.progress(what, (static_cast<double>(k) + done) * share);
    };
    const CombinedCritic critic(p.index_select(0, all_but(p_folds, k)), q.index_select(0, all_but(q_folds, k)),
                                derive_seed(options.seed, std::to_string(k)), progress);
    const Judged fold = critic.judge(p.index_select(0, p_folds[k]), q.index_select(0, q_folds[k]));
    for (size_t c = 0; c < fold.values.size(); ++c) {
      CriticShare& own = result.critics[static_cast<size_t>(critic.kinds()[c] - critic_kinds().data())];
      own.name = critic.kinds()[c]->name;
      own.sees = critic.kinds()[c]->summary;
      own.held_out_value += fold.values[c] * share;
      own.weight += critic.weight(c) * share;
    }
    result.fitted_value += critic.fitted_value() * share;
    result.p_logits.index_copy_(0, p_folds[k], fold.p_logits);
    result.q_logits.index_copy_(0, q_folds[k], fold.q_logits);
    const double alpha = (1 - options.confidence) * share;
    result.js_certified_lower = std::max(result.js_certified_lower, certified_js(fold.p_logits, fold.q_logits, alpha));
    result.tv_certified_lower =
        std::max(result.tv_certified_lower, certify_total_variation(fold.p_logits, fold.q_logits, alpha));
  }
  std::erase_if(result.critics, [](const CriticShare& c) { return c.name.empty(); });
  result.value = estimate_value(result.p_logits, result.q_logits, options.confidence).value;
  const auto [value, error] = value_of(result.p_logits, result.q_logits);
  result.js = estimate_js(value, result.fitted_value);
  result.js_standard_error = error;
  result.accuracy = accuracy(result.p_logits, result.q_logits);
  result.warnings = warnings_about(result);
  return result;
}

JudgedJs judge_js(const CombinedCritic& critic, const CriticRows& p, const CriticRows& q, double confidence) {
  const Judged judged = critic.judge(p, q);
  const auto [value, error] = value_of(judged.p_logits, judged.q_logits);
  return {estimate_js(value, critic.fitted_value()), error,
          certified_js(judged.p_logits, judged.q_logits, 1 - confidence)};
}

}  // namespace saddle
