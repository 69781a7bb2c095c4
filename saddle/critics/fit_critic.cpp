// Implements the cross-fitting of the portfolio, its combination, and what it certifies.
#include "saddle/critics/fit_critic.h"

#include <iomanip>

#include "saddle/base/constants.h"
#include "saddle/base/error.h"
#include "saddle/base/rng.h"

namespace saddle {
namespace {

constexpr int64_t kFewestRows = 50;
constexpr double kRegretShare = 0.25;                   // of what V gains on the rows that the critic was fitted on
constexpr double kSaturated = 0.97;                     // of log 2
constexpr double kWideGap = 0.02, kWideGapShare = 0.1;  // nats, and of the estimate: what overfitting may add unsaid
constexpr double kFittingShare = 0.7;                   // of the time, roughly: the rest judges

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

/// Rows of one side: those that a D is fitted on, and those that it then judges.
struct Part {
  Tensor fit, judge;
};

/// The parts of a side of n rows, one a D.
std::vector<Part> parts_of(int64_t n, int64_t folds, bool many, Rng& rng) {
  if (many) {
    const Tensor order = at::randperm(n, rng, at::kLong);
    return {{order.slice(0, 0, kMostFitted), order.slice(0, kMostFitted, kMostFitted + kMostJudged)}};
  }
  const std::vector<Tensor> rows = fold_rows(n, folds, rng);
  std::vector<Part> parts;
  parts.reserve(rows.size());
  for (size_t k = 0; k < rows.size(); ++k) parts.push_back({all_but(rows, k).slice(0, 0, kMostFitted), rows[k]});
  return parts;
}

void check(const Tensor& p, const Tensor& q, bool may_miss) {
  if ((p.dim() != 2 && p.dim() != 4) || p.dim() != q.dim() || p.sizes().slice(1) != q.sizes().slice(1))
    throw Error(c10::str("critic: expected rows of one shape on both sides, got ", p.sizes(), " and ", q.sizes()));
  for (const Tensor& side : {p, q}) {
    if (side.size(0) < kFewestRows)
      throw Error(c10::str("critic: expected at least ", kFewestRows, " rows on either side, got ", side.size(0)));
    const Tensor bad = may_miss ? side.isinf() : at::isfinite(side).logical_not();
    if (bad.any().item<bool>()) throw Error("critic: expected finite values, got NaN or infinity");
  }
}

/// Puts what all D judged in the order of the rows.
void collect(const std::vector<Judged>& judged, const std::vector<Part>& p_parts, const std::vector<Part>& q_parts,
             CriticFit& result) {
  std::vector<Tensor> p_rows, q_rows, p_logits, q_logits;
  for (size_t k = 0; k < judged.size(); ++k) {
    p_rows.push_back(p_parts[k].judge);
    q_rows.push_back(q_parts[k].judge);
    p_logits.push_back(judged[k].p_logits);
    q_logits.push_back(judged[k].q_logits);
  }
  const auto in_order = [](const std::vector<Tensor>& rows, const std::vector<Tensor>& logits, Tensor& all_rows,
                           Tensor& all_logits) {
    const auto [sorted, order] = at::cat(rows).sort();
    all_rows = sorted;
    all_logits = at::cat(logits).index_select(0, order);
  };
  in_order(p_rows, p_logits, result.p_rows, result.p_logits);
  in_order(q_rows, q_logits, result.q_rows, result.q_logits);
}

/// log 2D of the right answer: its mean over both sides is log 2 + V/2.
Tensor scores(const Tensor& logits_towards_own_side) { return at::log_sigmoid(logits_towards_own_side) + kLog2; }

/// What all folds certify together of the JSD and of the total variation.
void certify(const std::vector<Judged>& folds, double alpha, CriticFit& result) {
  std::vector<std::pair<Tensor, Tensor>> logits;
  std::vector<Tensor> decisions;  // whose mean is at most (1 + total variation) / 2: the accuracy of pairs
  for (const Judged& fold : folds) {
    logits.emplace_back(fold.p_logits, fold.q_logits);
    decisions.push_back(pair_means((fold.p_logits.sign() + 1) / 2, (1 - fold.q_logits.sign()) / 2));
  }
  result.js_certified_lower = certified_js(logits, alpha);
  result.tv_certified_lower = std::max(0.0, 2 * betting_lower_bound(decisions, 0, 1, alpha) - 1);
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

CriticFit fit_critic(const CriticRows& p, const CriticRows& q, const CriticOptions& options) {
  check(p.x, q.x, /*may_miss=*/!options.categorical.empty());
  const at::NoGradGuard no_grad;
  const bool many = std::min(p.x.size(0), q.x.size(0)) >= kManyRows;
  Rng rng = make_rng(options.seed, "folds");
  const auto p_parts = parts_of(p.x.size(0), options.folds, many, rng),
             q_parts = parts_of(q.x.size(0), options.folds, many, rng);
  const double share = 1 / static_cast<double>(p_parts.size());
  CriticFit result;
  result.p_fitted = p_parts.front().fit.size(0);
  result.q_fitted = q_parts.front().fit.size(0);
  result.critics.resize(critic_kinds().size());
  std::vector<Judged> judged;
  for (size_t k = 0; k < p_parts.size(); ++k) {
    int fitted = 0;
    const auto say = [&](const char* what, double done) {
      if (options.progress) options.progress(what, (static_cast<double>(k) + done) * share);
    };
    const auto progress = [&](const char* what) {
      say(what, kFittingShare * std::min(1.0, fitted++ / static_cast<double>(critic_kinds().size())));
    };
    const auto own = std::make_shared<const CombinedCritic>(p.choose(p_parts[k].fit), q.choose(q_parts[k].fit),
                                                            derive_seed(options.seed, std::to_string(k)),
                                                            options.categorical, progress);
    const CombinedCritic& critic = *own;
    const Judged fold = critic.judge(p.choose(p_parts[k].judge), q.choose(q_parts[k].judge),
                                     [&](double done) { say("judging", kFittingShare + (1 - kFittingShare) * done); });
    for (size_t c = 0; c < fold.values.size(); ++c) {
      CriticShare& row = result.critics[static_cast<size_t>(critic.kinds()[c] - critic_kinds().data())];
      row.name = critic.kinds()[c]->name;
      row.sees = critic.kinds()[c]->summary;
      row.held_out_value += fold.values[c] * share;
      row.weight += critic.weight(c) * share;
    }
    if (options.keep_first && k == 0) result.first = {own, fold.values, static_cast<int64_t>(p_parts.size())};
    result.fitted_value += critic.fitted_value() * share;
    judged.push_back(fold);
  }
  collect(judged, p_parts, q_parts, result);
  certify(judged, 1 - options.confidence, result);
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
