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

void add_distances(const Tensor& own_p, const Tensor& own_q, const MeasureOptions& options, Collector& out) {
  const double unit = common_unit(own_p, own_q);
  const Tensor p = unit == 1 ? own_p : own_p / unit, q = unit == 1 ? own_q : own_q / unit;
  if (out.wants("wasserstein1_sliced") || out.wants("wasserstein2_sliced")) {
    const SlicedWasserstein w = sliced_wasserstein(p, q, derive_seed(options.seed, "wasserstein"));
    const double none = std::nan("");
    out.add({"wasserstein1_sliced", w.w1 * unit, "empirical", none, none, none, none, w.w1_null_mean * unit});
    out.add({"wasserstein2_sliced", w.w2 * unit, "empirical", none, none, none, none, w.w2_null_mean * unit});
  }
  PairOptions pairs;
  pairs.confidence = options.confidence;
  pairs.seed = derive_seed(options.seed, "pairs");
  const auto add = [&](const char* name, const PairDistance& d, double in) {
    out.add({name, d.estimate * in, "unbiased", std::nan(""), d.lower * in, d.upper * in, d.p_value});
  };
  if (out.wants("mmd2")) add("mmd2", mmd2(own_p, own_q, pairs), 1);
  if (out.wants("energy")) add("energy", energy_distance(p, q, pairs), unit);
}

std::vector<NoiseRung> climb(const Tensor& p, const Tensor& q, const MeasureOptions& options,
                             const std::vector<double>& sigmas) {
  Rng rng = make_rng(options.seed, "noise ladder");
  const Tensor some_p = some_rows(p, kLadderRows, rng), some_q = some_rows(q, kLadderRows, rng);
  std::vector<NoiseRung> rungs;
  for (const double sigma : sigmas) {
    if (options.progress)
      options.progress("noise ladder", static_cast<double>(rungs.size()) / static_cast<double>(sigmas.size()));
    const auto blurred = [&](const Tensor& x) { return x + sigma * randn(x.sizes(), rng, at::kCPU, x.scalar_type()); };
    CriticOptions critic;
    critic.confidence = options.confidence;
    critic.folds = kLadderFolds;
    critic.seed = derive_seed(options.seed, "noise ladder");
    const CriticFit fit = fit_critic(blurred(some_p), blurred(some_q), critic);
    const double certified = options.categorical.empty() ? fit.js_certified_lower : std::nan("");
    rungs.push_back({sigma, fit.js, fit.js_standard_error, certified});
  }
  return rungs;
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

}  // namespace

std::vector<std::string> divergence_names() {
  return {"kl",           "reverse_kl",          "total_variation",     "squared_hellinger",
          "pearson_chi2", "wasserstein1_sliced", "wasserstein2_sliced", "mmd2",
          "energy"};
}

Measurement measure(const Tensor& p, const Tensor& q, const MeasureOptions& options) {
  Collector divergences(options);
  Measurement result;
  CriticOptions critic;
  critic.confidence = options.confidence;
  critic.seed = derive_seed(options.seed, "critic");
  const auto say = [&options](const std::string& what, double done) {
    if (options.progress) options.progress(what, done);
  };
  critic.progress = [&](const std::string& what, double done) { say(what, kCriticShare * done); };
  critic.categorical = options.categorical;
  critic.keep_first = options.keep_critic;
  result.critic = fit_critic({p, {}, options.p_features}, {q, {}, options.q_features}, critic);
  result.warnings = result.critic.warnings;
  TestOptions test;
  test.progress = [&](double done) { say("test", kCriticShare + kTestShare * done); };
  test.progress(0);
  test.seed = derive_seed(options.seed, "test");
  test.categorical = options.categorical;
  test.p_features = options.p_features;
  test.q_features = options.q_features;
  result.test = two_sample_test(p, q, test);
  add_plug_ins(result.critic, divergences, result.warnings);
  say("distances", kCriticShare + kTestShare);
  Rng rng = make_rng(options.seed, "distances");
  const auto [x, y] =
      comparable(some_rows(p, kDistanceRows, rng), some_rows(q, kDistanceRows, rng), options.categorical);
  result.dim = x.numel() / x.size(0);
  add_distances(x, y, options, divergences);
  result.divergences = std::move(divergences.found);
  std::vector<double> sigmas = options.noise;
  if (sigmas.empty() && p.dim() == 4) sigmas.assign(std::begin(kNoiseLevels), std::end(kNoiseLevels));
  result.noise = climb(x, y, options, sigmas);
  return result;
}

}  // namespace saddle
