// Implements the fitting and combining of critics.
#include "saddle/critics/combined_critic.h"

#include "saddle/base/rng.h"
#include "saddle/critics/logistic.h"

namespace saddle {
namespace {

constexpr double kHeldShare = 0.2;       // of the rows: they stop, choose, weigh and calibrate
constexpr double kStackRidge = 1;        // on the weights of the critics
constexpr int64_t kJudgedRows = 20'000;  // at a time, which bounds memory

}  // namespace

CriticRows CriticRows::choose(const Tensor& numbers) const {
  const auto pick = [&](const Tensor& t) { return t.defined() ? t.index_select(0, numbers) : Tensor(); };
  return {x.index_select(0, numbers), pick(known), pick(features)};
}

CombinedCritic::CombinedCritic(const CriticRows& p, const CriticRows& q, uint64_t seed, const Categorical& categorical,
                               const std::function<void(const char*)>& progress)
    : shape_(p.x.sizes().slice(1).vec()) {
  Rng rng = make_rng(seed, "held");
  const auto split = [&rng](const CriticRows& rows) {
    const int64_t n = rows.x.size(0);
    const Tensor order = at::randperm(n, rng, at::kLong);
    const auto held = std::max<int64_t>(2, static_cast<int64_t>(kHeldShare * static_cast<double>(n)));
    return std::pair(rows.choose(order.slice(0, held)), rows.choose(order.slice(0, 0, held)));
  };
  const auto [p_fit, p_held] = split(p);
  const auto [q_fit, q_held] = split(q);
  const Tensor rows = as_points(at::cat({p_fit.x, q_fit.x}));
  encode_ = std::make_unique<RowEncoder>(rows, categorical);
  prepare_ = std::make_unique<PrepareRows>((*encode_)(rows));
  const Labelled fit = gather(p_fit, q_fit), held = gather(p_held, q_held);
  clip_ = std::log(static_cast<double>(fit.size()));
  for (const CriticKind& kind : critic_kinds())
    if (kind.suits(fit)) kinds_.push_back(&kind);
  std::vector<Tensor> held_logits;
  for (const CriticKind* kind : kinds_) {
    if (progress) progress(kind->name);
    critics_.push_back(kind->fit(fit, held, derive_seed(seed, kind->name)));
    const Tensor own = critics_.back()(held).clamp(-clip_, clip_).unsqueeze(1);
    alone_.push_back(fit_logistic(own, held, kStackRidge));
    held_logits.push_back(own);
  }
  weights_ = kinds_.empty() ? at::zeros({1}, at::kDouble) : fit_logistic(at::cat(held_logits, 1), held, kStackRidge);
  fitted_value_ = weighted_value(logits(fit).second, fit);
}

Labelled CombinedCritic::gather(const CriticRows& p, const CriticRows& q) const {
  Labelled rows = (*prepare_)((*encode_)(as_points(p.x)), (*encode_)(as_points(q.x)));
  if (p.x.dim() == 4) rows.images = at::cat({p.x, q.x}).to(at::kFloat);
  if (p.known.defined()) rows.known = at::cat({p.known, q.known}).to(at::kFloat);
  if (p.features.defined()) rows.features = at::cat({p.features, q.features}).to(at::kFloat);
  return rows;
}

double CombinedCritic::weight(size_t critic) const { return weights_[static_cast<int64_t>(critic)].item<double>(); }

std::pair<Tensor, Tensor> CombinedCritic::logits(const Labelled& rows,
                                                 const std::function<void(double)>& progress) const {
  if (critics_.empty()) return {at::zeros({rows.size(), 0}), at::zeros({rows.size()})};
  std::vector<Tensor> parts;
  for (int64_t i = 0; i < rows.size(); i += kJudgedRows) {
    const Labelled some = rows.slice(i, std::min(i + kJudgedRows, rows.size()));
    std::vector<Tensor> columns;
    columns.reserve(critics_.size());
    for (const Critic& critic : critics_) columns.push_back(critic(some).clamp(-clip_, clip_));
    parts.push_back(at::stack(columns, 1));
    if (progress)
      progress(static_cast<double>(std::min(i + kJudgedRows, rows.size())) / static_cast<double>(rows.size()));
  }
  const Tensor each = at::cat(parts);
  return {each, logistic_logits(each, weights_).clamp(-clip_, clip_)};
}

Judged CombinedCritic::judge(const CriticRows& p, const CriticRows& q,
                             const std::function<void(double)>& progress) const {
  const at::NoGradGuard no_grad;
  const Labelled rows = gather(p, q);
  const auto [each, together] = logits(rows, progress);
  Judged result;
  for (size_t c = 0; c < critics_.size(); ++c)
    result.values.push_back(weighted_value(
        logistic_logits(each.slice(1, static_cast<int64_t>(c), static_cast<int64_t>(c) + 1), alone_[c]), rows));
  result.p_logits = together.slice(0, 0, p.x.size(0)).to(at::kDouble);
  result.q_logits = together.slice(0, p.x.size(0)).to(at::kDouble);
  return result;
}

}  // namespace saddle
