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
constexpr double kCalm = 0.2;               // relative change of D's loss
constexpr size_t kTurns = 6;
constexpr double kTurnWindow = 20;  // evaluations

/// What a difference of two JSDs must exceed to count.
double notable(double error, double other_error) { return std::max(kRise, kErrors * std::hypot(error, other_error)); }

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
  const bool falls = perfect_ > 0 && v.js < js_when_perfect_ - kErrors * v.js_error;
  if (!now || falls) {
    perfect_ = 0;
    return {};
  }
  if (perfect_++ == 0) js_when_perfect_ = v.js;
  if (perfect_ < kPerfectLooks) return {};
  return {"perfect_discriminator",
          sentence("D is right on %.2f %% of held-out samples and %.2f %% of fakes; G's gradient norm is %.2g under "
                   "log(1 - D) and %.2g under -log D",
                   100 * v.real_correct, 100 * v.fake_correct, v.minimax_gradient, v.non_saturating_gradient),
          "weaken D: --noise 0.1, --regularizer r1, or a smaller --discriminator-rate"};
}

Failure FailureWatch::risen(const Vitals& v) {
  if (!std::isfinite(v.js)) return {};
  if (v.js < best_.js) best_ = {v.js, v.js_error, v.discriminator_loss};
  risen_ = v.js - best_.js > notable(v.js_error, best_.error) ? risen_ + 1 : 0;
  if (risen_ < kRisenLooks) return {};
  const bool calm = std::abs(v.discriminator_loss - best_.loss) <= kCalm * std::abs(best_.loss);
  return {calm ? "mode_loss" : "divergence",
          sentence(calm ? "the JSD rose from %.3f to %.3f nats while D's loss looks calm (%.3f, then %.3f)"
                        : "the JSD rose from %.3f to %.3f nats, and D's loss went from %.3f to %.3f",
                   best_.js, v.js, best_.loss, v.discriminator_loss),
          calm ? "keep G's modes: --objective relativistic with --regularizer r1,r2, or a larger --batch-size"
               : "smaller --generator-rate and --discriminator-rate, or --regularizer r1"};
}

Failure FailureWatch::turned(const Vitals& v) {
  if (!std::isfinite(v.js)) return {};
  if (std::isnan(extreme_)) {
    extreme_ = v.js;
    extreme_error_ = v.js_error;
    return {};
  }
  const double moved = v.js - extreme_;
  const bool far = std::abs(moved) > notable(v.js_error, extreme_error_);
  const int way = moved > 0 ? 1 : -1;
  if (way == direction_ || (direction_ == 0 && far)) {  // farther along, or the first notable move
    direction_ = way;
  } else if (far) {
    direction_ = way;
    turns_.push_back(static_cast<double>(looks_));
  } else {
    return {};
  }
  extreme_ = v.js;
  extreme_error_ = v.js_error;
  std::erase_if(turns_, [&](double look) { return look <= static_cast<double>(looks_) - kTurnWindow; });
  if (turns_.size() < kTurns) return {};
  return {"oscillation",
          sentence("the JSD turned round %.0f times within %.0f evaluations, by more than %.1f nats each; now %.3f",
                   static_cast<double>(turns_.size()), kTurnWindow, kRise, v.js),
          "smaller --generator-rate and --discriminator-rate, --regularizer r1, or --beta1 0"};
}

Tensor FailureWatch::state() const {
  std::vector<double> all = {static_cast<double>(looks_),
                             static_cast<double>(perfect_),
                             static_cast<double>(risen_),
                             js_when_perfect_,
                             best_.js,
                             best_.error,
                             best_.loss,
                             static_cast<double>(direction_),
                             extreme_,
                             extreme_error_};
  all.insert(all.end(), turns_.begin(), turns_.end());
  return at::tensor(all, at::kDouble);
}

void FailureWatch::set_state(const Tensor& state) {
  const auto at = [&](int64_t i) { return state[i].item<double>(); };
  looks_ = static_cast<int64_t>(at(0));
  perfect_ = static_cast<int64_t>(at(1));
  risen_ = static_cast<int64_t>(at(2));
  js_when_perfect_ = at(3);
  best_ = {at(4), at(5), at(6)};
  direction_ = static_cast<int>(at(7));
  extreme_ = at(8);
  extreme_error_ = at(9);
  turns_.clear();
  for (int64_t i = 10; i < state.size(0); ++i) turns_.push_back(at(i));
}

}  // namespace saddle
