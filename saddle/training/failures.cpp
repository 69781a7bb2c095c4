// Implements the detectors of failing games.
#include "saddle/training/failures.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace saddle {
namespace {

constexpr double kNearlyAll = 0.999, kVanishing = 1e-3;
constexpr int64_t kPerfectLooks = 5, kRisenLooks = 3;
constexpr double kRise = 0.1, kErrors = 5;  // nats, and standard errors of the difference
constexpr double kFalls = 2;                // standard errors: a JSD that falls is no failure, be D as good as it is
constexpr double kCalm = 0.2;               // relative change of D's loss
constexpr size_t kTurns = 6;
constexpr double kTurnWindow = 20;  // evaluations

bool is_known(const Standing& standing) { return standing.samples >= 0; }

/// Whether a change of the JSD, or of the noise ladder where that is saturated, is more than noise and worth a word.
bool is_notable(const StandingChange& change) {
  return std::abs(change.rise) > std::max(kRise, kErrors * change.error);
}

std::string sentence(const char* format, double a, double b, double c = 0, double d = 0) {
  char text[256];
  std::snprintf(text, sizeof text, format, a, b, c, d);
  return text;
}

}  // namespace

void FailureWatch::reset() { *this = FailureWatch(); }

Failure FailureWatch::look(const Vitals& vitals) {
  ++looks_;
  for (const auto detector : {&FailureWatch::perfect, &FailureWatch::risen, &FailureWatch::turned}) {
    Failure failure = (this->*detector)(vitals);
    if (failure.name.empty()) continue;
    reset();
    return failure;
  }
  return {};
}

Failure FailureWatch::perfect(const Vitals& v) {
  const bool now = v.real_correct >= kNearlyAll && v.fake_correct >= kNearlyAll &&
                   v.minimax_gradient < kVanishing * v.non_saturating_gradient;
  const StandingChange change = is_known(when_perfect_) ? change_of(when_perfect_, v.standing) : StandingChange{0, 0};
  const bool falls = perfect_ > 0 && change.rise < -kFalls * change.error;
  if (!now || falls) {
    perfect_ = 0;
    return {};
  }
  if (perfect_++ == 0) when_perfect_ = v.standing;
  if (perfect_ < kPerfectLooks) return {};
  return {"perfect_discriminator",
          sentence("D is right on %.2f %% of held-out samples and %.2f %% of fakes; G's gradient norm is %.2g under "
                   "log(1 - D) and %.2g under -log D",
                   100 * v.real_correct, 100 * v.fake_correct, v.minimax_gradient, v.non_saturating_gradient),
          "weaken D: --noise 0.1, --regularizer r1, or a smaller --discriminator-rate"};
}

Failure FailureWatch::risen(const Vitals& v) {
  if (!is_known(v.standing)) return {};
  if (!is_known(best_) || change_of(best_, v.standing).rise < 0) {
    best_ = v.standing;
    best_loss_ = v.discriminator_loss;
  }
  const StandingChange change = change_of(best_, v.standing);
  risen_ = change.rise > 0 && is_notable(change) ? risen_ + 1 : 0;
  if (risen_ < kRisenLooks) return {};
  const bool calm = std::abs(v.discriminator_loss - best_loss_) <= kCalm * std::abs(best_loss_);
  return {calm ? "mode_loss" : "divergence",
          sentence(calm ? "the JSD rose from %.3f to %.3f nats while D's loss looks calm (%.3f, then %.3f)"
                        : "the JSD rose from %.3f to %.3f nats, and D's loss went from %.3f to %.3f",
                   best_.js, v.standing.js, best_loss_, v.discriminator_loss),
          calm ? "keep G's modes: --objective relativistic with --regularizer r1,r2, or a larger --batch-size"
               : "smaller --generator-rate and --discriminator-rate, or --regularizer r1"};
}

Failure FailureWatch::turned(const Vitals& v) {
  if (!is_known(v.standing)) return {};
  if (!is_known(extreme_)) {
    extreme_ = v.standing;
    return {};
  }
  const StandingChange change = change_of(extreme_, v.standing);
  const int way = change.rise > 0 ? 1 : -1;
  if (way != direction_) {
    if (!is_notable(change)) return {};
    if (direction_ != 0) turns_.push_back(static_cast<double>(looks_));
    direction_ = way;
  }
  extreme_ = v.standing;
  std::erase_if(turns_, [&](double look) { return look <= static_cast<double>(looks_) - kTurnWindow; });
  if (turns_.size() < kTurns) return {};
  return {"oscillation",
          sentence("the JSD turned round %.0f times within %.0f evaluations, by more than %.1f nats each; now %.3f",
                   static_cast<double>(turns_.size()), kTurnWindow, kRise, v.standing.js),
          "smaller --generator-rate and --discriminator-rate, --regularizer r1, or --beta1 0"};
}

Tensor FailureWatch::state() const {
  std::vector<double> all = {static_cast<double>(looks_), static_cast<double>(perfect_), static_cast<double>(risen_),
                             best_loss_, static_cast<double>(direction_)};
  all.insert(all.end(), turns_.begin(), turns_.end());
  return at::cat({pack(when_perfect_), pack(best_), pack(extreme_), at::tensor(all, at::kDouble)});
}

void FailureWatch::set_state(const Tensor& state) {
  int64_t next = 0;
  for (Standing* standing : {&when_perfect_, &best_, &extreme_}) {
    const int64_t size = pack(*standing).size(0);
    *standing = unpack_standing(state.slice(0, next, next + size));
    next += size;
  }
  const auto take = [&] { return state[next++].item<double>(); };
  looks_ = static_cast<int64_t>(take());
  perfect_ = static_cast<int64_t>(take());
  risen_ = static_cast<int64_t>(take());
  best_loss_ = take();
  direction_ = static_cast<int>(take());
  turns_.clear();
  while (next < state.size(0)) turns_.push_back(take());
}

}  // namespace saddle
