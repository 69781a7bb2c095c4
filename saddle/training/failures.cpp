// Implements the detectors of failing games.
#include "saddle/training/failures.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "saddle/base/constants.h"
#include "saddle/base/error.h"

namespace saddle {
namespace {

constexpr double kNearlyAll = 0.999, kVanishing = 1e-3;
constexpr int64_t kPerfectLooks = 5, kRisenLooks = 3, kLostLooks = 3;
constexpr double kBelowCoinUnseen = 1;      // nats, where no critic says that G is far
constexpr double kNearlyHalf = 0.6;         // a share of right decisions
constexpr double kRise = 0.1, kErrors = 5;  // nats, and standard errors of the difference
constexpr double kFalls = 2;                // standard errors: a JSD that falls is no failure, be D as good as it is
constexpr double kCalm = 0.2;               // relative change of D's loss
constexpr size_t kTurns = 6;
constexpr double kTurnWindow = 20;  // evaluations

bool is_known(const EvaluationDivergence& divergence) { return divergence.samples >= 0; }

/// Whether a change of the JSD, or of the noise ladder where that is saturated, is more than noise and worth a word.
bool is_notable(const DivergenceChange& change) {
  return std::abs(change.rise) > std::max(kRise, kErrors * change.error);
}

std::string sentence(const char* format, double a, double b, double c = 0, double d = 0) {
  char text[256];
  std::snprintf(text, sizeof text, format, a, b, c, d);
  return text;
}

}  // namespace

void FailureWatch::reset() {
  const FailureWatch old = *this;
  *this = FailureWatch();
  untrained_ = old.untrained_;
  told_ = old.told_;
}

Failure FailureWatch::take(const EvaluationSummary& summary, bool last) {
  if (Failure failure = lost(summary, last); !failure.name.empty()) {
    told_ = true;
    reset();
    return failure;
  }
  if (!summary.measured || is_losing()) return {};
  ++measured_;
  for (const auto detector : {&FailureWatch::perfect, &FailureWatch::risen, &FailureWatch::turned}) {
    Failure failure = (this->*detector)(summary);
    if (failure.name.empty()) continue;
    reset();
    return failure;
  }
  return {};
}

Failure FailureWatch::lost(const EvaluationSummary& v, bool last) {
  const double coin = -2 * kLog2, correct = (v.real_correct + v.fake_correct) / 2;
  const bool seen = is_known(v.divergence), compared = seen && is_known(untrained_);
  const DivergenceChange change = compared ? change_of(untrained_, v.divergence) : DivergenceChange{0, 0};
  const bool farther = change.rise > 0 && is_notable(change), nearer = change.rise < 0 && is_notable(change);
  const bool far = !seen || (v.divergence.saturated() && !nearer);
  const double margin = !seen && v.measured ? kBelowCoinUnseen : 0;
  blind_ = far && v.train_value < coin - margin && correct < kNearlyHalf ? blind_ + 1 : 0;
  if (compared && v.measured && !is_known(best_)) worse_ = farther ? worse_ + 1 : 0;
  const bool again = last && told_;
  const char* const advice = "smaller --generator-rate and --discriminator-rate, or --generator-steps 1";
  if (blind_ >= (again ? 1 : kLostLooks) && v.measured)
    return {
        "lost",
        sentence("D is no judge of G: it is right on %.0f %% of held-out samples and %.0f %% of fakes, and its V(D,G) "
                 "is %.3g nats where a coin has %.3f",
                 100 * v.real_correct, 100 * v.fake_correct, v.train_value, coin),
        advice};
  if (again && compared && v.measured && far && !farther)
    return {"lost",
            sentence("G ends no nearer to the data than it was untrained: the JSD is %.3f nats, and was %.3f",
                     v.divergence.js, untrained_.js),
            advice};
  if (worse_ < (again ? 1 : kLostLooks)) return {};
  if (untrained_.saturated() && v.divergence.saturated())
    return {"lost",
            sentence("G is farther from the data than it was untrained: the JSD under noise is %.3f nats, and was %.3f",
                     v.divergence.blurred, untrained_.blurred),
            advice};
  return {"lost",
          sentence("G is farther from the data than it was untrained: the JSD is %.3f nats, and was %.3f",
                   v.divergence.js, untrained_.js),
          advice};
}

Failure FailureWatch::perfect(const EvaluationSummary& v) {
  // <=: a G without any gradient learns nothing under either loss
  const bool now = v.real_correct >= kNearlyAll && v.fake_correct >= kNearlyAll &&
                   v.minimax_gradient <= kVanishing * v.non_saturating_gradient;
  const DivergenceChange change =
      is_known(when_perfect_) ? change_of(when_perfect_, v.divergence) : DivergenceChange{0, 0};
  const bool falls = perfect_ > 0 && change.rise < -kFalls * change.error;
  if (!now || falls) {
    perfect_ = 0;
    return {};
  }
  if (perfect_++ == 0) when_perfect_ = v.divergence;
  if (perfect_ < kPerfectLooks) return {};
  return {"perfect_discriminator",
          sentence("D is right on %.2f %% of held-out samples and %.2f %% of fakes; G's gradient norm is %.2g under "
                   "log(1 - D) and %.2g under -log D",
                   100 * v.real_correct, 100 * v.fake_correct, v.minimax_gradient, v.non_saturating_gradient),
          "weaken D: --noise 0.1, --regularizer r1, or a smaller --discriminator-rate"};
}

Failure FailureWatch::risen(const EvaluationSummary& v) {
  if (!is_known(v.divergence)) return {};
  if (!is_known(best_) || change_of(best_, v.divergence).rise < 0) {
    best_ = v.divergence;
    best_loss_ = v.discriminator_loss;
  }
  const DivergenceChange change = change_of(best_, v.divergence);
  risen_ = change.rise > 0 && is_notable(change) ? risen_ + 1 : 0;
  if (risen_ < kRisenLooks) return {};
  const bool calm = std::abs(v.discriminator_loss - best_loss_) <= kCalm * std::abs(best_loss_);
  return {calm ? "mode_loss" : "divergence",
          sentence(calm ? "the JSD rose from %.3f to %.3f nats while D's loss looks calm (%.3f, then %.3f)"
                        : "the JSD rose from %.3f to %.3f nats, and D's loss went from %.3f to %.3f",
                   best_.js, v.divergence.js, best_loss_, v.discriminator_loss),
          calm ? "keep G's modes: --objective relativistic with --regularizer r1,r2, or a larger --batch-size"
               : "smaller --generator-rate and --discriminator-rate, or --regularizer r1"};
}

Failure FailureWatch::turned(const EvaluationSummary& v) {
  if (!is_known(v.divergence)) return {};
  if (!is_known(extreme_)) {
    extreme_ = v.divergence;
    return {};
  }
  const DivergenceChange change = change_of(extreme_, v.divergence);
  const int way = change.rise > 0 ? 1 : -1;
  if (way != direction_) {
    if (!is_notable(change)) return {};
    if (direction_ != 0) turns_.push_back(static_cast<double>(measured_));
    direction_ = way;
  }
  extreme_ = v.divergence;
  std::erase_if(turns_, [&](double at) { return at <= static_cast<double>(measured_) - kTurnWindow; });
  if (turns_.size() < kTurns) return {};
  return {"oscillation",
          sentence("the JSD turned round %.0f times within %.0f evaluations, by more than %.1f nats each; now %.3f",
                   static_cast<double>(turns_.size()), kTurnWindow, kRise, v.divergence.js),
          "smaller --generator-rate and --discriminator-rate, --regularizer r1, or --beta1 0"};
}

Tensor FailureWatch::state() const {
  std::vector<double> all = {
      static_cast<double>(measured_),  static_cast<double>(perfect_), static_cast<double>(risen_), best_loss_,
      static_cast<double>(direction_), static_cast<double>(blind_),   static_cast<double>(worse_), told_ ? 1.0 : 0.0};
  all.insert(all.end(), turns_.begin(), turns_.end());
  return at::cat({pack(untrained_), pack(when_perfect_), pack(best_), pack(extreme_), at::tensor(all, at::kDouble)});
}

void FailureWatch::set_state(const Tensor& state) {
  if (state.dim() != 1 || state.size(0) < this->state().size(0) - static_cast<int64_t>(turns_.size()))
    throw Error("resume: expected the watch of this version of Saddle in the checkpoint, got another");
  int64_t next = 0;
  for (EvaluationDivergence* divergence : {&untrained_, &when_perfect_, &best_, &extreme_}) {
    const int64_t size = pack(*divergence).size(0);
    *divergence = unpack_divergence(state.slice(0, next, next + size));
    next += size;
  }
  const auto take = [&] { return state[next++].item<double>(); };
  measured_ = static_cast<int64_t>(take());
  perfect_ = static_cast<int64_t>(take());
  risen_ = static_cast<int64_t>(take());
  best_loss_ = take();
  direction_ = static_cast<int>(take());
  blind_ = static_cast<int64_t>(take());
  worse_ = static_cast<int64_t>(take());
  told_ = take() != 0;
  turns_.clear();
  while (next < state.size(0)) turns_.push_back(take());
}

}  // namespace saddle
