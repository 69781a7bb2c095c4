// Implements the cross-fitting of the portfolio, its combination, and what it certifies.
#include "saddle/critics/fit_critic.h"

#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/critics/logistic.h"
#include "saddle/critics/portfolio.h"
#include "saddle/critics/prepare_rows.h"

namespace saddle {
namespace {

constexpr int64_t kFewestRows = 50;
constexpr double kHeldShare = 0.2;     // of a fold's training rows: they stop, choose, combine and calibrate
constexpr double kStackRidge = 1;      // on the weights of the critics
constexpr double kRegretShare = 0.25;  // of what V gains on the rows that the critic was fitted on
constexpr double kCertifiedClip = 7;   // of the logits under the bound: costs at most 0.001 nats of log 2
constexpr int64_t kVectorSide = 16;    // images are shown to the critics of points at this size

const double kLog2 = std::log(2.0);

/// Which rows of a side belong to which fold: a random order, cut into equal parts.
std::vector<Tensor> fold_rows(int64_t n, int64_t folds, Rng& rng) {
  const Tensor order = at::randperm(n, rng, at::kLong);
  std::vector<Tensor> parts;
  for (int64_t k = 0; k < folds; ++k) parts.push_back(order.slice(0, n * k / folds, n * (k + 1) / folds));
  return parts;
}

Tensor all_but(const std::vector<Tensor>& folds, int64_t left_out) {
  std::vector<Tensor> rest;
  for (size_t k = 0; k < folds.size(); ++k)
    if (static_cast<int64_t>(k) != left_out) rest.push_back(folds[k]);
  return at::cat(rest);
}

/// One side of the data: rows as points, and as images where they are.
struct Side {
  Tensor points;  // [n, d] float64
  Tensor images;  // [n, c, h, w] float32 or undefined
};

Side make_side(const Tensor& rows) {
  if (rows.dim() == 2) return {rows.to(at::kDouble), {}};
  const Tensor images = rows.to(at::kFloat);
  const Tensor small = images.size(2) * images.size(3) > kVectorSide * kVectorSide
                           ? at::adaptive_avg_pool2d(images, {kVectorSide, kVectorSide})
                           : images;
  return {small.flatten(1).to(at::kDouble), images};
}

Labelled gather(const PrepareRows& prepare, const Side& p, const Tensor& p_rows, const Side& q, const Tensor& q_rows) {
  Labelled rows = prepare(p.points.index_select(0, p_rows), q.points.index_select(0, q_rows));
  if (p.images.defined()) rows.images = at::cat({p.images.index_select(0, p_rows), q.images.index_select(0, q_rows)});
  return rows;
}

/// What one fold's critics say of the rows that they were not fitted on.
struct FoldResult {
  Tensor logits;                        // of the combined critic on the fold's rows, P first
  double fitted_value = 0;              // V of the combined critic on the rows that its parts were fitted on
  std::vector<double> values, weights;  // of each critic
};

void check(const Tensor& p, const Tensor& q) {
  if ((p.dim() != 2 && p.dim() != 4) || p.dim() != q.dim() || p.sizes().slice(1) != q.sizes().slice(1))
    throw Error(c10::str("critic: expected rows of one shape on both sides, got ", p.sizes(), " and ", q.sizes()));
  for (const Tensor& side : {p, q}) {
    if (side.size(0) < kFewestRows)
      throw Error(c10::str("critic: expected at least ", kFewestRows, " rows on either side, got ", side.size(0)));
    if (!at::isfinite(side).all().item<bool>()) throw Error("critic: expected finite values, got NaN or infinity");
  }
}

/// Fits every critic of the portfolio that suits, and combines them on `held`; `test` is only scored.
FoldResult score_fold(const Labelled& fit, const Labelled& held, const Labelled& test,
                      const std::vector<const CriticKind*>& kinds, uint64_t seed,
                      const std::function<void(const char*)>& progress) {
  const double clip = std::log(static_cast<double>(fit.size()));
  std::vector<Tensor> fit_logits, held_logits, test_logits;
  FoldResult result;
  for (const CriticKind* kind : kinds) {
    progress(kind->name);
    const Critic critic = kind->fit(fit, held, derive_seed(seed, kind->name));
    fit_logits.push_back(critic(fit).clamp(-clip, clip));
    held_logits.push_back(critic(held).clamp(-clip, clip));
    test_logits.push_back(critic(test).clamp(-clip, clip));
    const Tensor own = held_logits.back().unsqueeze(1);
    result.values.push_back(
        weighted_value(logistic_logits(test_logits.back().unsqueeze(1), fit_logistic(own, held, kStackRidge)), test));
  }
  const Tensor weights = fit_logistic(at::stack(held_logits, 1), held, kStackRidge);
  for (size_t k = 0; k < kinds.size(); ++k) result.weights.push_back(weights[static_cast<int64_t>(k)].item<double>());
  result.fitted_value = weighted_value(logistic_logits(at::stack(fit_logits, 1), weights).clamp(-clip, clip), fit);
  result.logits = logistic_logits(at::stack(test_logits, 1), weights).clamp(-clip, clip).to(at::kDouble);
  return result;
}

/// log 2D of the right answer: its mean over both sides is log 2 + V/2.
Tensor scores(const Tensor& logits_towards_own_side) { return at::log_sigmoid(logits_towards_own_side) + kLog2; }

/// The lower bound that one fold certifies: pairs of clipped scores, in the random order of the fold.
double certify(const Tensor& p_logits, const Tensor& q_logits, double alpha) {
  const Tensor p = scores(p_logits.clamp(-kCertifiedClip, kCertifiedClip));
  const Tensor q = scores(-q_logits.clamp(-kCertifiedClip, kCertifiedClip));
  return betting_lower_bound(pair_means(p, q), scores(at::full({}, -kCertifiedClip, at::kDouble)).item<double>(), kLog2,
                             alpha);
}

double share_right(const Tensor& towards_own_side) {
  return ((towards_own_side > 0).to(at::kDouble) + 0.5 * (towards_own_side == 0).to(at::kDouble)).mean().item<double>();
}

}  // namespace

CriticFit fit_critic(const Tensor& p_rows, const Tensor& q_rows, const CriticOptions& options) {
  check(p_rows, q_rows);
  const at::NoGradGuard no_grad;
  const Side p = make_side(p_rows), q = make_side(q_rows);
  const int64_t n = p_rows.size(0), m = q_rows.size(0), folds = options.folds;
  Rng rng = make_rng(options.seed, "folds");
  const auto p_folds = fold_rows(n, folds, rng), q_folds = fold_rows(m, folds, rng);
  CriticFit result;
  result.p_logits = at::zeros({n}, at::kDouble);
  result.q_logits = at::zeros({m}, at::kDouble);
  std::vector<const CriticKind*> kinds;
  for (int64_t k = 0; k < folds; ++k) {
    const Tensor p_train = all_but(p_folds, k), q_train = all_but(q_folds, k);
    const auto p_held = static_cast<int64_t>(kHeldShare * static_cast<double>(p_train.size(0)));
    const auto q_held = static_cast<int64_t>(kHeldShare * static_cast<double>(q_train.size(0)));
    const Tensor p_fit = p_train.slice(0, p_held), q_fit = q_train.slice(0, q_held);
    const PrepareRows prepare(at::cat({p.points.index_select(0, p_fit), q.points.index_select(0, q_fit)}));
    const Labelled fit = gather(prepare, p, p_fit, q, q_fit),
                   held = gather(prepare, p, p_train.slice(0, 0, p_held), q, q_train.slice(0, 0, q_held)),
                   test = gather(prepare, p, p_folds[static_cast<size_t>(k)], q, q_folds[static_cast<size_t>(k)]);
    if (k == 0) {
      for (const CriticKind& kind : critic_kinds())
        if (kind.suits(fit)) kinds.push_back(&kind), result.critics.push_back({kind.name, 0, 0});
    }
    size_t done = 0;
    const auto progress = [&](const char* what) {
      const auto share = static_cast<double>(done++) / static_cast<double>(kinds.size());
      if (options.progress) options.progress(what, (static_cast<double>(k) + share) / static_cast<double>(folds));
    };
    const FoldResult fold = score_fold(fit, held, test, kinds, derive_seed(options.seed, std::to_string(k)), progress);
    for (size_t c = 0; c < kinds.size(); ++c) {
      result.critics[c].held_out_value += fold.values[c] / static_cast<double>(folds);
      result.critics[c].weight += fold.weights[c] / static_cast<double>(folds);
    }
    result.fitted_value += fold.fitted_value / static_cast<double>(folds);
    const int64_t p_count = p_folds[static_cast<size_t>(k)].size(0);
    const Tensor p_logits = fold.logits.slice(0, 0, p_count), q_logits = fold.logits.slice(0, p_count);
    result.p_logits.index_copy_(0, p_folds[static_cast<size_t>(k)], p_logits);
    result.q_logits.index_copy_(0, q_folds[static_cast<size_t>(k)], q_logits);
    const double alpha = (1 - options.confidence) / static_cast<double>(folds);
    result.js_certified_lower = std::max(result.js_certified_lower, certify(p_logits, q_logits, alpha));
  }
  const Tensor p_scores = scores(result.p_logits), q_scores = scores(-result.q_logits);
  result.value = estimate_value(result.p_logits, result.q_logits, options.confidence).value;
  const double value = p_scores.mean().item<double>() + q_scores.mean().item<double>() - 2 * kLog2;
  result.js = std::clamp(kLog2 + (value + std::max(0.0, result.fitted_value - value) * kRegretShare) / 2, 0.0, kLog2);
  result.js_standard_error = std::sqrt(p_scores.var().item<double>() / static_cast<double>(n) +
                                       q_scores.var().item<double>() / static_cast<double>(m)) /
                             2;
  result.accuracy = (share_right(result.p_logits) + share_right(-result.q_logits)) / 2;
  return result;
}

}  // namespace saddle
