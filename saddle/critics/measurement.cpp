// Implements the measurement of two samples.
#include "saddle/critics/measurement.h"

#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/base/units.h"
#include "saddle/critics/plug_in.h"
#include "saddle/divergences/from_js.h"
#include "saddle/divergences/mmd.h"
#include "saddle/divergences/wasserstein.h"

namespace saddle {
namespace {

constexpr int64_t kLadderRows = 1000, kLadderFolds = 2;  // of a side: the ladder costs a fit a rung
constexpr double kCriticShare = 0.6, kTestShare = 0.3;   // of the time, roughly: the rest goes to the distances
constexpr double kRungShare = 0.03;                      // and to each noise level besides
constexpr int64_t kDistanceRows = 200'000;               // of a side, for the distances

/// At most so many of the rows: all in their order, or some in random order.
Tensor some_rows(const Tensor& rows, int64_t most, Rng& rng) {
  if (rows.size(0) <= most) return rows;
  return rows.index_select(0, at::randperm(rows.size(0), rng, at::kLong).slice(0, 0, most));
}

/// Collects the divergences that were asked for.
class Collector {
 public:
  explicit Collector(const MeasureOptions& options) : options_(options) {
    const auto known = divergence_names();
    for (const auto& name : options.divergences)
      if (name != "js" && std::find(known.begin(), known.end(), name) == known.end())
        throw Error("measure: " + unknown_name("divergence", name, known));
  }

  bool wants(const std::string& name) const {
    const auto& asked = options_.divergences;
    return asked.empty() || std::find(asked.begin(), asked.end(), name) != asked.end();
  }

  void add(DivergenceEstimate estimate) {
    if (wants(estimate.name)) found.push_back(std::move(estimate));
  }

  std::vector<DivergenceEstimate> found;

 private:
  const MeasureOptions& options_;
};

void add_plug_ins(const CriticFit& critic, Collector& out, std::vector<std::string>& warnings) {
  const PlugIn values = plug_in_divergences(critic.p_logits, critic.q_logits);
  const double js = critic.js_certified_lower;
  // total variation has a bound of its own, by the accuracy, chosen before any data: JSD / log 2 is far below it
  out.add({"kl", values.kl, kPlugIn, kl_at_least(js)});
  out.add({"reverse_kl", values.reverse_kl, kPlugIn, kl_at_least(js)});
  out.add({"total_variation", values.total_variation, kPlugIn, critic.tv_certified_lower});
  out.add({"squared_hellinger", values.squared_hellinger, kPlugIn, squared_hellinger_at_least(js)});
  out.add({"pearson_chi2", values.pearson_chi2, kPlugIn, pearson_chi2_at_least(js)});
  const int64_t n = critic.p_logits.numel(), m = critic.q_logits.numel();
  std::string beyond;
  const auto note = [&](const std::string& name, double kl, int64_t count) {
    if (out.wants(name) && beyond_samples(kl, count)) beyond += (beyond.empty() ? "" : ", ") + name;
  };
  note("kl", values.kl, n);
  note("reverse_kl", values.reverse_kl, m);
  note("pearson_chi2", std::log1p(values.pearson_chi2), n);
  if (!beyond.empty())
    warnings.push_back(beyond + ": beyond what " + std::to_string(std::min(n, m)) +
                       " samples can show (log n - 2): trust the certified lower bounds, not the estimates");
}

/// The power of two that brings points to [-2, 2], where no square over- or underflows; 1 for images.
double common_unit(const Tensor& p, const Tensor& q) {
  constexpr int kFinest = -1000;  // what is smaller has no inverse
  if (p.dim() != 2) return 1;
  const double largest = std::max(p.abs().max().item<double>(), q.abs().max().item<double>());
  return largest > 0 ? std::ldexp(1.0, std::max(std::ilogb(largest), kFinest)) : 1;
}

std::vector<std::string> distance_names() { return {"wasserstein1_sliced", "wasserstein2_sliced", "mmd2", "energy"}; }

constexpr int64_t kDistanceNumbers = 5;  // of each distance, as `distances` gives them

/// The distances that are wanted, in their order: estimate, interval's ends, p-value and mean under P = Q of each.
Tensor distances(const Tensor& own_p, const Tensor& own_q, const MeasureOptions& options, const Collector& wanted) {
  const double unit = common_unit(own_p, own_q), none = std::nan("");
  const Tensor p = unit == 1 ? own_p : own_p / unit, q = unit == 1 ? own_q : own_q / unit;
  Tensor all = at::full({static_cast<int64_t>(distance_names().size()), kDistanceNumbers}, none, at::kDouble);
  const auto set = [&](int64_t row, const std::vector<double>& numbers) {
    all[row].copy_(at::tensor(numbers, at::kDouble));
  };
  if (wanted.wants("wasserstein1_sliced") || wanted.wants("wasserstein2_sliced")) {
    const SlicedWasserstein w = sliced_wasserstein(p, q, derive_seed(options.seed, "wasserstein"));
    set(0, {w.w1 * unit, none, none, none, w.w1_null_mean * unit});
    set(1, {w.w2 * unit, none, none, none, w.w2_null_mean * unit});
  }
  PairOptions pairs;
  pairs.confidence = options.confidence;
  pairs.seed = derive_seed(options.seed, "pairs");
  const auto add = [&](int64_t row, const PairDistance& d, double in) {
    set(row, {d.estimate * in, d.lower * in, d.upper * in, d.p_value, none});
  };
  if (wanted.wants("mmd2")) add(2, mmd2(own_p, own_q, pairs), 1);
  if (wanted.wants("energy")) add(3, energy_distance(p, q, pairs), unit);
  return all.flatten();
}

void add_distances(const Tensor& numbers, Collector& out) {
  const Tensor all = numbers.view({-1, kDistanceNumbers});
  for (int64_t row = 0; row < all.size(0); ++row) {
    const auto number = [&](int64_t i) { return all[row][i].item<double>(); };
    const std::string name = distance_names()[static_cast<size_t>(row)];
    out.add({name, number(0), row < 2 ? "empirical" : "unbiased", std::nan(""), number(1), number(2), number(3),
             number(4)});
  }
}

/// Draws the rows and the noise of one level after those of the levels before it. Result: estimate, standard error and
/// certified bound of the JSD.
Tensor rung(const Tensor& p, const Tensor& q, const MeasureOptions& options, const std::vector<double>& sigmas,
            size_t level) {
  Rng rng = make_rng(options.seed, "noise ladder");
  const Tensor some_p = some_rows(p, kLadderRows, rng), some_q = some_rows(q, kLadderRows, rng);
  const auto noise = [&](const Tensor& x) { return randn(x.sizes(), rng, at::kCPU, x.scalar_type()); };
  Tensor of_p, of_q;
  for (size_t i = 0; i <= level; ++i) of_q = noise(some_q), of_p = noise(some_p);
  CriticOptions critic;
  critic.confidence = options.confidence;
  critic.folds = kLadderFolds;
  critic.seed = derive_seed(options.seed, "noise ladder");
  const CriticFit fit = fit_critic(some_p + sigmas[level] * of_p, some_q + sigmas[level] * of_q, critic);
  const double certified = options.categorical.empty() ? fit.js_certified_lower : std::nan("");
  return at::tensor({fit.js, fit.js_standard_error, certified}, at::kDouble);
}

/// Rows as numbers that can be added up: those of tables encoded, in standard deviations of both sides together.
std::pair<Tensor, Tensor> comparable(const Tensor& p, const Tensor& q, const Categorical& categorical) {
  if (categorical.empty()) return {p, q};
  const Tensor pooled = at::cat({p, q});
  const RowEncoder encode(pooled, categorical);
  const Units units = Units::of(encode(pooled));
  const auto about_center = [&](const Tensor& x) {
    return at::where(units.scale > 0, encode(x) / units.scale - units.center / units.scale, 0.0);
  };
  return {about_center(p), about_center(q)};
}

/// A measurement in tasks that do not need each other: the D of each fold, the test, the distances, the noise levels.
class Measuring {
 public:
  Measuring(const Tensor& p, const Tensor& q, const MeasureOptions& options)
      : p_(p), q_(q), options_(options), divergences_(options),
        critic_(with(p, options.p_features), with(q, options.q_features), critic_options()) {
    Rng rng = make_rng(options.seed, "distances");
    const Tensor some_q = some_rows(q, kDistanceRows, rng), some_p = some_rows(p, kDistanceRows, rng);
    std::tie(x_, y_) = comparable(some_p, some_q, options.categorical);
    if (sigmas_.empty() && p.dim() == 4) sigmas_.assign(std::begin(kNoiseLevels), std::end(kNoiseLevels));
    costs_.assign(folds(), kCriticShare / static_cast<double>(folds()));
    costs_.push_back(kTestShare);
    costs_.push_back(1 - kCriticShare - kTestShare);
    costs_.insert(costs_.end(), sigmas_.size(), kRungShare);
  }

  Measurement by(Group& group) {
    own_ = group.share_of(costs_, group.rank());
    return combine(group.share(costs_, [this](size_t i) { return task(i); }));
  }

 private:
  static CriticRows with(const Tensor& x, const Tensor& features) { return {x, {}, features}; }

  size_t folds() const { return static_cast<size_t>(critic_.folds()); }

  CriticOptions critic_options() {
    CriticOptions critic;
    critic.confidence = options_.confidence;
    critic.seed = derive_seed(options_.seed, "critic");
    critic.progress = [this](const std::string& what, double done) {
      say(what, done * static_cast<double>(folds()) - static_cast<double>(now_));
    };
    critic.categorical = options_.categorical;
    critic.keep_first = options_.keep_critic;
    return critic;
  }

  /// Tells the share done of this process's tasks, and of one of them.
  void say(const std::string& what, double of_task) const {
    double before = 0, all = 0;
    for (const size_t i : own_) {
      all += costs_[i];
      if (i < now_) before += costs_[i];
    }
    if (options_.progress) options_.progress(what, (before + of_task * costs_[now_]) / all);
  }

  Tensor task(size_t i) {
    now_ = i;
    if (i < folds()) return critic_.fold(static_cast<int64_t>(i));
    if (i == folds()) return test();
    if (i == folds() + 1) {
      say("distances", 0);
      return distances(x_, y_, options_, divergences_);
    }
    say("noise ladder", 0);
    return rung(x_, y_, options_, sigmas_, i - folds() - 2);
  }

  Tensor test() const {
    TestOptions test;
    test.progress = [this](double done) { say("test", done); };
    test.progress(0);
    test.seed = derive_seed(options_.seed, "test");
    test.categorical = options_.categorical;
    test.p_features = options_.p_features;
    test.q_features = options_.q_features;
    const TwoSampleTest t = two_sample_test(p_, q_, test);
    return at::tensor({t.statistic, t.p_value, t.smallest, t.accuracy, t.detectable_js}, at::kDouble);
  }

  Measurement combine(std::vector<Tensor> found) {
    const auto number = [&](size_t task, int64_t i) { return found[task][i].item<double>(); };
    const size_t test = folds(), ladder = test + 2;
    Measurement result;
    result.dim = x_.numel() / x_.size(0);
    result.test = {number(test, 0), number(test, 1), number(test, 2), number(test, 3), number(test, 4)};
    for (size_t i = 0; i < sigmas_.size(); ++i)
      result.noise.push_back({sigmas_[i], number(ladder + i, 0), number(ladder + i, 1), number(ladder + i, 2)});
    const Tensor of_distances = found[test + 1];
    found.resize(folds());
    result.critic = critic_.combine(found);
    result.warnings = result.critic.warnings;
    add_plug_ins(result.critic, divergences_, result.warnings);
    add_distances(of_distances, divergences_);
    result.divergences = std::move(divergences_.found);
    return result;
  }

  Tensor p_, q_, x_, y_;  // x, y: what is compared by distances and under noise
  const MeasureOptions& options_;
  Collector divergences_;
  CrossFit critic_;
  std::vector<double> sigmas_ = options_.noise, costs_;
  std::vector<size_t> own_;  // of the tasks, those of this process
  size_t now_ = 0;           // the task that it is at
};

}  // namespace

std::vector<std::string> divergence_names() {
  std::vector<std::string> names = {"kl", "reverse_kl", "total_variation", "squared_hellinger", "pearson_chi2"};
  const std::vector<std::string> of_samples = distance_names();
  names.insert(names.end(), of_samples.begin(), of_samples.end());
  return names;
}

Measurement measure(const Tensor& p, const Tensor& q, const MeasureOptions& options) {
  Group alone;
  return Measuring(p, q, options).by(options.group != nullptr ? *options.group : alone);
}

}  // namespace saddle
