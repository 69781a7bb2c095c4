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

/// Puts numbers of rows, a tensor a D, and their logits in the order of the rows.
std::pair<Tensor, Tensor> in_order(const std::vector<Tensor>& rows, const std::vector<Tensor>& logits) {
  const auto [sorted, order] = at::cat(rows).sort();
  return {sorted, at::cat(logits).index_select(0, order)};
}

/// log 2D of the right answer: its mean over both sides is log 2 + V/2.
Tensor scores(const Tensor& logits_towards_own_side) { return at::log_sigmoid(logits_towards_own_side) + kLog2; }

/// What all folds certify together of the JSD and of the total variation. The logits are a tensor a fold.
void certify(const std::vector<Tensor>& p_logits, const std::vector<Tensor>& q_logits, double alpha,
             CriticFit& result) {
  std::vector<std::pair<Tensor, Tensor>> logits;
  std::vector<Tensor> decisions;  // whose mean is at most (1 + total variation) / 2: the accuracy of pairs
  for (size_t k = 0; k < p_logits.size(); ++k) {
    logits.emplace_back(p_logits[k], q_logits[k]);
    decisions.push_back(pair_means((p_logits[k].sign() + 1) / 2, (1 - q_logits[k].sign()) / 2));
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

std::vector<CrossFit::Part> CrossFit::parts_of(int64_t n, int64_t folds, bool many, Rng& rng) {
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

CrossFit::CrossFit(CriticRows p, CriticRows q, CriticOptions options)
    : p_(std::move(p)), q_(std::move(q)), options_(std::move(options)) {
  check(p_.x, q_.x, /*may_miss=*/!options_.categorical.empty());
  const at::NoGradGuard no_grad;
  const bool many = std::min(p_.x.size(0), q_.x.size(0)) >= kManyRows;
  Rng rng = make_rng(options_.seed, "folds");
  p_parts_ = parts_of(p_.x.size(0), options_.folds, many, rng);
  q_parts_ = parts_of(q_.x.size(0), options_.folds, many, rng);
}

/// V on the rows that it was fitted on; of each critic of the portfolio whether D combines it, its own V and its
/// weight; the logits of P's rows, then of Q's.
Tensor CrossFit::fold(int64_t k) {
  const at::NoGradGuard no_grad;
  const Part &p = p_parts_[static_cast<size_t>(k)], &q = q_parts_[static_cast<size_t>(k)];
  const auto kinds = static_cast<int64_t>(critic_kinds().size());
  const auto say = [&](const char* what, double done) {
    if (options_.progress) options_.progress(what, (static_cast<double>(k) + done) / static_cast<double>(folds()));
  };
  int64_t fitted = 0;
  const auto critic = std::make_shared<const CombinedCritic>(
      p_.choose(p.fit), q_.choose(q.fit), derive_seed(options_.seed, std::to_string(k)), options_.categorical,
      [&](const char* what) {
        say(what, kFittingShare * std::min(1.0, static_cast<double>(fitted++) / static_cast<double>(kinds)));
      });
  const Judged judged = critic->judge(p_.choose(p.judge), q_.choose(q.judge),
                                      [&](double done) { say("judging", kFittingShare + (1 - kFittingShare) * done); });
  const Tensor of_critics = at::zeros({kinds, 3}, at::kDouble);
  for (size_t c = 0; c < judged.values.size(); ++c)
    of_critics[critic->kinds()[c] - critic_kinds().data()].copy_(
        at::tensor({1.0, judged.values[c], critic->weight(c)}, at::kDouble));
  if (options_.keep_first && k == 0) first_ = {critic, judged.values, folds()};
  return at::cat(
      {at::tensor({critic->fitted_value()}, at::kDouble), of_critics.flatten(), judged.p_logits, judged.q_logits});
}

CriticFit CrossFit::combine(const std::vector<Tensor>& folds) const {
  const at::NoGradGuard no_grad;
  const double share = 1 / static_cast<double>(folds.size());
  const auto kinds = static_cast<int64_t>(critic_kinds().size());
  CriticFit result;
  result.p_fitted = p_parts_.front().fit.size(0);
  result.q_fitted = q_parts_.front().fit.size(0);
  result.first = first_;
  result.critics.resize(critic_kinds().size());
  std::vector<Tensor> p_rows, q_rows, p_logits, q_logits;
  for (size_t k = 0; k < folds.size(); ++k) {
    const Tensor &p = p_parts_[k].judge, &q = q_parts_[k].judge;
    const std::vector<Tensor> parts = folds[k].split_with_sizes({1, 3 * kinds, p.size(0), q.size(0)});
    result.fitted_value += parts[0].item<double>() * share;
    const Tensor of_critics = parts[1].view({kinds, 3});
    for (int64_t c = 0; c < kinds; ++c) {
      if (of_critics[c][0].item<double>() == 0) continue;
      CriticShare& row = result.critics[static_cast<size_t>(c)];
      row.name = critic_kinds()[static_cast<size_t>(c)].name;
      row.sees = critic_kinds()[static_cast<size_t>(c)].summary;
      row.held_out_value += of_critics[c][1].item<double>() * share;
      row.weight += of_critics[c][2].item<double>() * share;
    }
    p_rows.push_back(p);
    q_rows.push_back(q);
    p_logits.push_back(parts[2]);
    q_logits.push_back(parts[3]);
  }
  std::tie(result.p_rows, result.p_logits) = in_order(p_rows, p_logits);
  std::tie(result.q_rows, result.q_logits) = in_order(q_rows, q_logits);
  certify(p_logits, q_logits, 1 - options_.confidence, result);
  std::erase_if(result.critics, [](const CriticShare& c) { return c.name.empty(); });
  result.value = estimate_value(result.p_logits, result.q_logits, options_.confidence).value;
  const auto [value, error] = value_of(result.p_logits, result.q_logits);
  result.js = estimate_js(value, result.fitted_value);
  result.js_standard_error = error;
  result.accuracy = accuracy(result.p_logits, result.q_logits);
  result.warnings = warnings_about(result);
  return result;
}

CriticFit fit_critic(const CriticRows& p, const CriticRows& q, const CriticOptions& options) {
  CrossFit fit(p, q, options);
  std::vector<Tensor> folds(static_cast<size_t>(fit.folds()));
  for (size_t k = 0; k < folds.size(); ++k) folds[k] = fit.fold(static_cast<int64_t>(k));
  return fit.combine(folds);
}

JudgedJs judge_js(const CombinedCritic& critic, const CriticRows& p, const CriticRows& q, double confidence) {
  const Judged judged = critic.judge(p, q);
  const auto [value, error] = value_of(judged.p_logits, judged.q_logits);
  return {estimate_js(value, critic.fitted_value()), error,
          certified_js(judged.p_logits, judged.q_logits, 1 - confidence)};
}

}  // namespace saddle
