// Implements the evaluation critic, the search for the best moment and the rule to stop.
#include "saddle/training/evaluation_divergence.h"

#include "saddle/base/rng.h"
#include "saddle/critics/fit_critic.h"
#include "saddle/io/image.h"

namespace saddle {
namespace {

constexpr double kOpenGap = 0.2;  // nats
constexpr int64_t kOpenGaps = 5;
constexpr double kImproved = 2;  // standard errors
constexpr EvaluationBudget kPoints = {2000, 2000, 28'000};
constexpr EvaluationBudget kImages = {500, 500, 10'000};
constexpr double kPointLevels[] = {0.25, 1};  // of noise, in standard deviations of the data
constexpr int64_t kLadderRows = 1000;         // of either side that a rung is fitted on, at most

CombinedCritic fit(const EvaluationRows& rows, uint64_t seed) {
  return {rows.real, rows.fake, derive_seed(seed, "standing")};
}

JudgedJs judge(const CombinedCritic& critic, const EvaluationRows& rows) {
  return judge_js(critic, rows.real, rows.fake, kConfidence);
}

/// Rows of one measurement that are compared under noise.
struct Blurred {
  const EvaluationRows &fitting, &steering, &reporting;
};

/// Measures under each level of noise, and takes the means.
void add_noise_levels(const Blurred& rows, uint64_t seed, EvaluationDivergence& divergence,
                      ReportedDivergence& report) {
  const Tensor& real = rows.fitting.real.x;
  const bool images = real.dim() == 4;
  const double unit = images ? 1 : std::max(1e-12, real.var(0, /*unbiased=*/false).mean().sqrt().item<double>());
  const std::vector<double> levels = images ? std::vector<double>(std::begin(kNoiseLevels), std::end(kNoiseLevels))
                                            : std::vector<double>(std::begin(kPointLevels), std::end(kPointLevels));
  const double share = 1 / static_cast<double>(levels.size());
  const auto part = [](const Tensor& x) { return x.slice(0, 0, kLadderRows); };
  Rng steered = make_rng(seed, "standing/noise"), reported = make_rng(seed, "standing/reported noise");
  divergence.blurred = divergence.blurred_error = report.blurred = report.blurred_error = 0;
  for (const double level : levels) {
    const auto blur = [&](const EvaluationRows& r, Rng& rng) -> EvaluationRows {
      const Tensor blurred = r.real.x + level * unit * randn(r.real.x.sizes(), rng);
      return {blurred, r.fake.x + level * unit * randn(r.fake.x.sizes(), rng)};
    };
    const CombinedCritic critic = fit(blur({part(real), part(rows.fitting.fake.x)}, steered), seed);
    const JudgedJs steer = judge(critic, blur(rows.steering, steered)),
                   tell = judge(critic, blur(rows.reporting, reported));
    divergence.blurred += steer.estimate * share;
    divergence.blurred_error += steer.standard_error * share;
    report.blurred += tell.estimate * share;
    report.blurred_error += tell.standard_error * share;
    const double certified = images ? tell.certified_lower : std::nan("");
    report.noise.push_back({level, tell.estimate, tell.standard_error, certified});
  }
}

std::string nats(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", x);
  return text;
}

constexpr double kNothing = -1;  // stands for NaN, which is not equal to itself, in a saved state

}  // namespace

Tensor pack(const EvaluationDivergence& s) {
  const Tensor numbers =
      at::tensor({static_cast<double>(s.samples), s.js, s.standard_error, s.blurred, s.blurred_error}, at::kDouble);
  return at::nan_to_num(numbers, kNothing);
}

EvaluationDivergence unpack_divergence(const Tensor& t) {
  const auto number = [&t](int64_t i) { return t[i].item<double>(); };
  const auto or_nan = [&](int64_t i) { return number(i) == kNothing ? std::nan("") : number(i); };
  return {static_cast<int64_t>(number(0)), or_nan(1), number(2), or_nan(3), or_nan(4)};
}

EvaluationBudget evaluation_budget(bool images) { return images ? kImages : kPoints; }

int64_t critic_rows(int64_t samples, bool images) {
  return images ? std::clamp<int64_t>(samples / 40, 150, kImages.fitted)
                : std::clamp<int64_t>(samples / 100, 500, kPoints.fitted);
}

std::pair<EvaluationDivergence, ReportedDivergence> measure_evaluation_divergence(EvaluationRows fitting,
                                                                                  EvaluationRows steering,
                                                                                  EvaluationRows reporting,
                                                                                  uint64_t seed) {
  const bool images = fitting.real.x.dim() == 4;
  if (images)
    for (EvaluationRows* rows : {&fitting, &steering, &reporting})
      for (CriticRows* side : {&rows->real, &rows->fake}) side->x = to_byte_levels(side->x);
  const CombinedCritic plain = fit(fitting, seed);
  const JudgedJs steers = judge(plain, steering), reports = judge(plain, reporting);
  EvaluationDivergence divergence;
  divergence.js = steers.estimate;
  divergence.standard_error = steers.standard_error;
  ReportedDivergence report = {reports.estimate, reports.standard_error, reports.certified_lower};
  if (images || divergence.saturated()) add_noise_levels({fitting, steering, reporting}, seed, divergence, report);
  return {divergence, report};
}

DivergenceChange change_of(const EvaluationDivergence& from, const EvaluationDivergence& to) {
  if (from.saturated() && to.saturated())
    return {to.blurred - from.blurred, std::hypot(from.blurred_error, to.blurred_error)};
  return {to.js - from.js, std::hypot(from.standard_error, to.standard_error)};
}

bool SnapshotSearch::take(const EvaluationDivergence& next) {
  last_ = next;
  if (best() < 0) {
    best_ = smallest_ = improved_ = next;
    return true;
  }
  if (const DivergenceChange change = change_of(improved_, next); change.rise < -kImproved * change.error)
    improved_ = next;
  const double rise = change_of(smallest_, next).rise;
  const bool both_blurred = smallest_.saturated() && next.saturated();
  const bool is_best = rise <= (both_blurred ? smallest_.blurred_error : smallest_.standard_error);
  if (rise < 0) smallest_ = next;
  if (is_best) best_ = next;
  return is_best;
}

Tensor SnapshotSearch::state() const { return at::stack({pack(best_), pack(smallest_), pack(improved_), pack(last_)}); }

void SnapshotSearch::set_state(const Tensor& state) {
  best_ = unpack_divergence(state[0]);
  smallest_ = unpack_divergence(state[1]);
  improved_ = unpack_divergence(state[2]);
  last_ = unpack_divergence(state[3]);
}

OverfittingGap overfitting_gap(const Tensor& train_logits, const Tensor& held_out_logits) {
  // the fakes' share of V is the same on both sides and cancels
  const Tensor train = at::log_sigmoid(train_logits.to(at::kDouble)),
               held = at::log_sigmoid(held_out_logits.to(at::kDouble));
  const double variance = train.var().item<double>() / static_cast<double>(train.numel()) +
                          held.var().item<double>() / static_cast<double>(held.numel());
  return {(train.mean() - held.mean()).item<double>(), std::sqrt(variance)};
}

std::string StopRule::take(int64_t samples, int64_t patience, const SnapshotSearch& search, const OverfittingGap& gap) {
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
