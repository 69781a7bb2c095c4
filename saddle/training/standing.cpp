// Implements the evaluation critic, the search for the best moment and the rule to stop.
#include "saddle/training/standing.h"

#include "saddle/base/rng.h"
#include "saddle/critics/fit_critic.h"
#include "saddle/io/image.h"

namespace saddle {
namespace {

constexpr double kOpenGap = 0.2;  // nats
constexpr int64_t kOpenGaps = 5;
constexpr StandingBudget kPoints = {1000, {0.25, 1}, 24'000};
constexpr StandingBudget kImages = {256, {0.5, 2}, 2'000};

CriticOptions critic_options(uint64_t seed) {
  CriticOptions options;
  options.folds = 2;
  options.seed = derive_seed(seed, "standing");
  return options;
}

std::string nats(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", x);
  return text;
}

constexpr double kNothing = -1;  // stands for NaN, which is not equal to itself, in a saved state

}  // namespace

Tensor pack(const Standing& s) {
  const Tensor numbers = at::tensor(
      {static_cast<double>(s.samples), s.js, s.standard_error, s.certified_lower, s.blurred, s.blurred_error},
      at::kDouble);
  return at::nan_to_num(numbers, kNothing);
}

Standing unpack_standing(const Tensor& t) {
  const auto number = [&t](int64_t i) { return t[i].item<double>(); };
  const auto or_nan = [&](int64_t i) { return number(i) == kNothing ? std::nan("") : number(i); };
  return {static_cast<int64_t>(number(0)), or_nan(1), number(2), number(3), or_nan(4), or_nan(5)};
}

StandingBudget standing_budget(bool images) { return images ? kImages : kPoints; }

Standing measure_standing(const Tensor& real, const Tensor& fake, uint64_t seed) {
  const bool images = real.dim() == 4;
  const Tensor p = images ? to_byte_levels(real) : real, q = images ? to_byte_levels(fake) : fake;
  const CriticFit fit = fit_critic(p, q, critic_options(seed));
  Standing standing;
  standing.js = fit.js;
  standing.standard_error = fit.js_standard_error;
  standing.certified_lower = fit.js_certified_lower;
  if (!standing.saturated()) return standing;
  const StandingBudget budget = standing_budget(images);
  const double unit = images ? 1 : std::max(1e-12, p.var(0, /*unbiased=*/false).mean().sqrt().item<double>());
  Rng rng = make_rng(seed, "standing/noise");
  standing.blurred = standing.blurred_error = 0;
  for (const double rung : budget.rungs) {
    const auto blur = [&](const Tensor& x) { return x + rung * unit * randn(x.sizes(), rng); };
    const Tensor blurred_p = blur(p), blurred_q = blur(q);
    const CriticFit rung_fit = fit_critic(blurred_p, blurred_q, critic_options(seed));
    standing.blurred += rung_fit.js / static_cast<double>(std::size(budget.rungs));
    standing.blurred_error += rung_fit.js_standard_error / static_cast<double>(std::size(budget.rungs));
  }
  return standing;
}

StandingChange change_of(const Standing& from, const Standing& to) {
  if (from.saturated() && to.saturated())
    return {to.blurred - from.blurred, std::hypot(from.blurred_error, to.blurred_error)};
  return {to.js - from.js, std::hypot(from.standard_error, to.standard_error)};
}

bool StandingSearch::take(const Standing& look) {
  last_ = look;
  if (best() < 0) {
    best_ = smallest_ = improved_ = look;
    return true;
  }
  if (const StandingChange change = change_of(improved_, look); change.rise < -change.error) improved_ = look;
  const double rise = change_of(smallest_, look).rise;
  const bool both_blurred = smallest_.saturated() && look.saturated();
  const bool is_best = rise <= (both_blurred ? smallest_.blurred_error : smallest_.standard_error);
  if (rise < 0) smallest_ = look;
  if (is_best) best_ = look;
  return is_best;
}

Tensor StandingSearch::state() const { return at::stack({pack(best_), pack(smallest_), pack(improved_), pack(last_)}); }

void StandingSearch::set_state(const Tensor& state) {
  best_ = unpack_standing(state[0]);
  smallest_ = unpack_standing(state[1]);
  improved_ = unpack_standing(state[2]);
  last_ = unpack_standing(state[3]);
}

OverfittingGap overfitting_gap(const Tensor& train_logits, const Tensor& held_out_logits) {
  // the fakes' share of V is the same on both sides and cancels
  const Tensor train = at::log_sigmoid(train_logits.to(at::kDouble)),
               held = at::log_sigmoid(held_out_logits.to(at::kDouble));
  const double variance = train.var().item<double>() / static_cast<double>(train.numel()) +
                          held.var().item<double>() / static_cast<double>(held.numel());
  return {(train.mean() - held.mean()).item<double>(), std::sqrt(variance)};
}

std::string StopRule::look(int64_t samples, int64_t patience, const StandingSearch& search, const OverfittingGap& gap) {
  open_gaps_ = gap.gap - 2 * gap.error > kOpenGap ? open_gaps_ + 1 : 0;
  if (open_gaps_ >= kOpenGaps)
    return "D's overfitting gap opened: its V on training samples exceeds that on held-out ones by " + nats(gap.gap) +
           " nats, and by more than " + nats(kOpenGap) + " at " + std::to_string(kOpenGaps) + " evaluations in a row";
  if (search.improved() >= 0 && samples - search.improved() >= patience)
    return "where the run stands has not improved beyond its error since " + std::to_string(search.improved()) +
           " samples";
  return "";
}

}  // namespace saddle
