// Implements metrics of features while training.
#include "saddle/metrics/metric_observer.h"

#include "saddle/base/error.h"
#include "saddle/io/image.h"

namespace saddle {
namespace {

constexpr int64_t kImagesAtOnce = 256;          // images held at once
constexpr double kErrorsInInterval = 2 * 1.96;  // standard errors in a 95 % interval
constexpr const char* kBestKey = "metrics.best";
constexpr const char* kFeaturesFact = "metrics.features";

/// The features of n images that `draw` gives so many of at a time.
Tensor features_in_blocks(const FeatureNetwork& network, int64_t n, const std::function<Tensor(int64_t)>& draw) {
  const at::NoGradGuard no_grad;
  const std::function<Tensor()> next = [&, left = n]() mutable -> Tensor {
    const int64_t some = std::min(left, kImagesAtOnce);
    left -= some;
    return some > 0 ? draw(some) : Tensor();
  };
  return network.features(next, n);
}

/// What is the smaller, the better the generator.
double observed_cost(const MetricKind& kind, const MetricValue& value) {
  if (kind.better < 0) return value.estimate;
  return kind.better > 0 ? -value.estimate : std::fabs(value.estimate - value.expected);
}

const MetricKind& observed_kind(const std::vector<MetricKind>& kinds, const std::string& name) {
  const auto found =
      std::find_if(kinds.begin(), kinds.end(), [&](const MetricKind& kind) { return kind.name == name; });
  TORCH_INTERNAL_ASSERT(found != kinds.end(), "the caller chooses best_by among the metrics");
  return *found;
}

bool any_needs(const std::vector<MetricKind>& kinds, MetricNeeds what) {
  return std::any_of(kinds.begin(), kinds.end(), [&](const MetricKind& kind) { return kind.needs == what; });
}

/// Refuses held-out rows that are too few; 0 stands for fresh draws.
void check_observed_rows(const MetricKind& kind, const Sampler& rows, int64_t samples, const char* part) {
  const int64_t count = rows.count() == 0 ? 2 * samples : std::min(rows.count(), 2 * samples);
  if (count < kind.fewest)
    throw Error(std::string("metric ") + kind.name + ": expected at least " + std::to_string(kind.fewest) +
                " rows in the " + part + " half of select, got " + std::to_string(count) +
                " (give select a larger share by --split, or leave the metric out)");
  if (samples < kind.fewest)
    throw Error(std::string("metric ") + kind.name + ": expected at least " + std::to_string(kind.fewest) +
                " generated images, got " + std::to_string(samples) + " (raise --metrics-samples)");
}

}  // namespace

MetricObserver::MetricObserver(MetricSettings settings) : settings_(std::move(settings)) {
  const MetricSettings& s = settings_;
  names_.reserve(s.kinds.size());
  for (const MetricKind& kind : s.kinds) {
    names_.emplace_back(kind.name);
    check_observed_rows(kind, *s.reporting, s.samples, "reporting");
    if (kind.name == s.best_by) check_observed_rows(kind, *s.steering, s.samples, "steering");
  }
  if (any_needs(s.kinds, MetricNeeds::training_features) && s.train == nullptr)
    throw Error("metrics: expected training images for what compares with them, got none");
}

void MetricObserver::observe(Observation& now) {
  if (!now.due(now.schedule.metrics_every)) return;
  find_real();
  for (const MetricValue& value : measure(names_, reporting_, "metrics")) record(value, now.last);
  if (settings_.best_by.empty()) return;
  for (const MetricValue& value : measure({settings_.best_by}, steering_, "metrics/steering"))
    if (is_best(value)) now.keep_best();
}

/// Features of the data, once a process.
void MetricObserver::find_real() {
  if (reporting_.defined()) return;
  const MetricSettings& s = settings_;
  reporting_ = real_features(*s.reporting, 2 * s.samples);
  if (!s.best_by.empty()) steering_ = real_features(*s.steering, 2 * s.samples);
  if (any_needs(s.kinds, MetricNeeds::training_features)) train_ = real_features(*s.train, 4 * s.samples);
}

/// Of one pass at most, so that no row counts twice.
Tensor MetricObserver::real_features(Sampler& from, int64_t most) const {
  const int64_t n = from.count() == 0 ? most : std::min(from.count(), most);
  return features_in_blocks(*settings_.features, n, [&](int64_t some) { return from.sample(some).x; });
}

Tensor MetricObserver::generated_features(const std::string& purpose) const {
  Rng rng = make_rng(settings_.seed, purpose + " " + std::to_string(state_->samples));
  // rounded as files of images are, lest rounding alone tell them from the data
  return features_in_blocks(*settings_.features, settings_.samples, [&](int64_t some) {
    return to_byte_levels(state_->draw_fakes(state_->shown_generator(), some, rng).x);
  });
}

std::vector<MetricValue> MetricObserver::measure(const std::vector<std::string>& names, const Tensor& real,
                                                 const std::string& purpose) {
  MetricInput input;
  input.p = real;
  input.q = generated_features(purpose);
  input.train = train_;
  if (!input.q.isfinite().all().item<bool>()) {
    state_->game.sink->write({.name = purpose,
                              .samples = state_->samples,
                              .text = "no metrics: features of generated images are not finite"});
    return {};
  }
  if (const int64_t classes = settings_.features->class_count(); classes > 0) {
    input.classes = classes;
    input.p_classes = settings_.features->classes(real);
    input.q_classes = settings_.features->classes(input.q);
    input.class_shares = settings_.class_shares;
  }
  MetricOptions options;
  options.confidence = kConfidence;
  options.seed = derive_seed(settings_.seed, purpose);  // the same every time, so that moments differ by G alone
  return settings_.compute(names, input, options);
}

void MetricObserver::record(const MetricValue& value, bool last) const {
  Record record{.name = "metrics/" + value.name,
                .samples = state_->samples,
                .value = value.estimate,
                .lower = value.lower,
                .upper = value.upper};
  if (last)
    for (const std::string& warning : value.warnings) record.text += (record.text.empty() ? "" : "; ") + warning;
  state_->game.sink->write(record);
  for (const auto& [what, number] : {std::pair("expected", value.expected), std::pair("p_value", value.p_value)})
    if (std::isfinite(number)) state_->record("metrics/" + value.name + "/" + what, number);
}

bool MetricObserver::is_best(const MetricValue& value) {
  const double cost = observed_cost(observed_kind(settings_.kinds, settings_.best_by), value);
  if (!std::isfinite(cost)) return false;
  const double width = (value.upper - value.lower) / kErrorsInInterval, error = std::isfinite(width) ? width : 0;
  const bool best = best_samples_ < 0 || cost <= least_ + least_error_;
  if (best_samples_ < 0 || cost < least_) least_ = cost, least_error_ = error;
  if (best) best_samples_ = state_->samples;
  return best;
}

void MetricObserver::save(Checkpoint& checkpoint) const {
  checkpoint.facts[kFeaturesFact] = settings_.features->facts().hash;
  if (!settings_.best_by.empty())
    checkpoint.tensors[kBestKey] = at::tensor({static_cast<double>(best_samples_), least_, least_error_}, at::kDouble);
}

void MetricObserver::restore(const Checkpoint& checkpoint) {
  const std::string& hash = settings_.features->facts().hash;
  if (const std::string& was = checkpoint.fact(kFeaturesFact); was != hash)
    throw Error("resume: expected the features " + was + " that the run's metrics were computed on, got " + hash +
                " (the file, or what " + settings_.features->facts().name + " learnt, is another)");
  if (settings_.best_by.empty()) return;
  const Tensor best = checkpoint.tensor(kBestKey, at::kDouble, {3});
  best_samples_ = static_cast<int64_t>(best[0].item<double>());
  least_ = best[1].item<double>();
  least_error_ = best[2].item<double>();
}

std::vector<MetricKind> find_metrics(const std::vector<std::string>& names, const std::string& where) {
  std::vector<MetricKind> kinds;
  kinds.reserve(names.size());
  for (const std::string& name : names) {
    const auto has_name = [&](const MetricKind& kind) { return kind.name == name; };
    const auto found = std::find_if(metric_kinds().begin(), metric_kinds().end(), has_name);
    if (found == metric_kinds().end()) throw UsageError(where + ": " + unknown_name("metric", name, metric_names()));
    if (std::any_of(kinds.begin(), kinds.end(), has_name))
      throw UsageError(where + ": expected each metric once, got " + name + " twice");
    kinds.push_back(*found);
  }
  return kinds;
}

}  // namespace saddle
