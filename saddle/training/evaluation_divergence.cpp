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

/// The critics of one measurement: one on the rows as they are, and one for each level of noise on both sides.
class Measured {
 public:
  Measured(EvaluationRows fitting, EvaluationRows steering, EvaluationRows reporting, uint64_t seed)
      : fitting_(std::move(fitting)), steering_(std::move(steering)), reporting_(std::move(reporting)), seed_(seed),
        images_(fitting_.real.x.dim() == 4) {
    if (images_)
      for (EvaluationRows* rows : {&fitting_, &steering_, &reporting_})
        for (CriticRows* side : {&rows->real, &rows->fake}) side->x = to_byte_levels(side->x);
    const Tensor& real = fitting_.real.x;
    unit_ = images_ ? 1 : std::max(1e-12, real.var(0, /*unbiased=*/false).mean().sqrt().item<double>());
    levels_ = images_ ? std::vector<double>(std::begin(kNoiseLevels), std::end(kNoiseLevels))
                      : std::vector<double>(std::begin(kPointLevels), std::end(kPointLevels));
  }

  std::pair<EvaluationDivergence, ReportedDivergence> by(Group& group) const {
    const auto ask = [&](size_t begin, size_t end) {  // 0 is the critic of the rows as they are
      return group.share(std::vector<double>(end - begin, 1), [&](size_t i) { return task(begin + i); });
    };
    const size_t all = levels_.size() + 1;
    std::vector<Tensor> told = ask(0, images_ ? all : 1);
    const auto number = [&](size_t critic, int64_t i) { return told[critic][i].item<double>(); };
    EvaluationDivergence divergence;
    divergence.js = number(0, 0);
    divergence.standard_error = number(0, 1);
    ReportedDivergence report = {number(0, 2), number(0, 3), number(0, 4)};
    if (!images_ && divergence.saturated())
      for (const Tensor& of_level : ask(1, all)) told.push_back(of_level);
    if (told.size() == 1) return {divergence, report};
    const double share = 1 / static_cast<double>(levels_.size());
    divergence.blurred = divergence.blurred_error = report.blurred = report.blurred_error = 0;
    for (size_t k = 1; k < all; ++k) {
      divergence.blurred += number(k, 0) * share;
      divergence.blurred_error += number(k, 1) * share;
      report.blurred += number(k, 2) * share;
      report.blurred_error += number(k, 3) * share;
      report.noise.push_back({levels_[k - 1], number(k, 2), number(k, 3), images_ ? number(k, 4) : std::nan("")});
    }
    return {divergence, report};
  }

 private:
  /// What one critic says: estimate and standard error of the rows that steer; both, and what is certified, of those
  /// that are reported on.
  Tensor task(size_t critic) const {
    const auto say = [&](const CombinedCritic& d, const EvaluationRows& steering, const EvaluationRows& reporting) {
      const JudgedJs steers = judge(d, steering), tells = judge(d, reporting);
      return at::tensor(
          {steers.estimate, steers.standard_error, tells.estimate, tells.standard_error, tells.certified_lower},
          at::kDouble);
    };
    if (critic == 0) return say(fit(fitting_, seed_), steering_, reporting_);
    Rng steered = make_rng(seed_, "standing/noise"), reported = make_rng(seed_, "standing/reported noise");
    const auto part = [](const Tensor& x) { return x.slice(0, 0, kLadderRows); };
    const EvaluationRows fewer = {part(fitting_.real.x), part(fitting_.fake.x)};
    EvaluationRows fitting = fewer, steering = fewer, reporting = fewer;
    for (size_t k = 0; k < critic; ++k) {  // the draws of the levels before it come first, whoever measures them
      fitting = blurred(fewer, levels_[k], steered);
      steering = blurred(steering_, levels_[k], steered);
      reporting = blurred(reporting_, levels_[k], reported);
    }
    return say(fit(fitting, seed_), steering, reporting);
  }

  EvaluationRows blurred(const EvaluationRows& rows, double level, Rng& rng) const {
    const Tensor real = rows.real.x + level * unit_ * randn(rows.real.x.sizes(), rng);
    return {real, rows.fake.x + level * unit_ * randn(rows.fake.x.sizes(), rng)};
  }

  EvaluationRows fitting_, steering_, reporting_;
  uint64_t seed_;
  bool images_;
  double unit_;
  std::vector<double> levels_;
};

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
                                                                                  uint64_t seed, Group* group) {
  Group alone;
  return Measured(std::move(fitting), std::move(steering), std::move(reporting), seed)
      .by(group != nullptr ? *group : alone);
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
