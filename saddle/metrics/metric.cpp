// The table of metrics.
#include "saddle/metrics/metric.h"

#include "saddle/base/error.h"
#include "saddle/metrics/copies.h"
#include "saddle/metrics/frechet.h"
#include "saddle/metrics/kernel_distance.h"
#include "saddle/metrics/modes.h"
#include "saddle/metrics/prdc.h"

namespace saddle {
namespace {

const MetricKind& kind_of(const std::string& name) {
  for (const MetricKind& kind : metric_kinds())
    if (kind.name == name) return kind;
  throw Error("metrics: " + unknown_name("metric", name, metric_names()));
}

/// Refuses what the metric cannot be computed from.
void check_input(const MetricKind& kind, const MetricInput& input) {
  const std::string where = std::string("metric ") + kind.name + ": expected ";
  const auto check = [&](const Tensor& x, const char* what) {
    if (!x.defined() || x.dim() != 2) throw Error(where + "features of " + what + ", got none");
    if (x.size(1) != input.p.size(1))
      throw Error(where + "features of one length, got " + std::to_string(input.p.size(1)) +
                  " numbers a row of P and " + std::to_string(x.size(1)) + " of " + what);
    if (x.size(0) < kind.fewest)
      throw Error(where + "at least " + std::to_string(kind.fewest) + " rows of " + what + ", got " +
                  std::to_string(x.size(0)) + kind.why_fewest);
    if (!x.isfinite().all().item<bool>()) throw Error(where + "finite features of " + what + ", got others");
  };
  check(input.p, "P");
  check(input.q, "Q");
  if (kind.needs == MetricNeeds::training_features) check(input.train, "the training data");
  const bool p_known = input.p_classes.defined() || input.class_shares.defined();
  if (kind.needs == MetricNeeds::classes && (!p_known || !input.q_classes.defined()))
    throw Error(where + "classes, which need labelled data, got none");
}

std::vector<MetricValue> frechet_family(const MetricInput& input, const MetricOptions& options) {
  const FrechetDistance fd = frechet_distance(
      input.p, input.q, {options.confidence, /*bias=*/true, options.seed, input.p_groups, input.q_groups});
  MetricValue value{"fd", fd.distance, fd.lower, fd.upper, fd.expected};
  value.details = {{"infinite", fd.infinite}, {"halves", fd.halves}, {"halves_rows", fd.halves_rows}};
  if (fd.expected > fd.distance / 2)
    value.warnings.emplace_back(
        "More than half of the Frechet distance is what so few rows give where P = Q: see the kernel distance.");
  return {value};
}

std::vector<MetricValue> kernel_family(const MetricInput& input, const MetricOptions& options) {
  const KernelDistance kd =
      kernel_distance(input.p, input.q, {options.confidence, options.seed, input.p_groups, input.q_groups});
  MetricValue value{"kd", kd.distance, kd.lower, kd.upper, /*expected=*/0};
  if (kd.blocks > 0)
    value.details = {
        {"blocks_mean", kd.blocks_mean}, {"blocks_std", kd.blocks_std}, {"blocks", static_cast<double>(kd.blocks)}};
  if (input.p_groups.defined() || input.q_groups.defined()) value.details.emplace_back("all_pairs", kd.all_pairs);
  return {value};
}

}  // namespace

const std::vector<MetricKind>& metric_kinds() {
  using enum MetricNeeds;
  static const std::vector<MetricKind> kinds = {
      // its bias is told from halves and quarters, which need 25 rows each to have a spread worth the name
      {"fd", "Frechet distance", "How far mean and covariance of the features are from the data's; 0 is equal.",
       features, -1, 100, frechet_family,
       " (with so few its bias is larger than what it measures: use kd, the kernel distance, which has none)"},
      {"kd", "Kernel distance",
       "How far the features' first three moments are from the data's, without bias; around 0 is equal.", features, -1,
       10, kernel_family},
      {"precision", "Precision", "The share of what is generated that looks real: that lies near a real image.",
       features, +1, 20, prdc},
      {"recall", "Recall", "The share of real images that lie near something generated.", features, +1, 20, prdc},
      {"density", "Density", "How crowded with real images the places are where something was generated.", features, 0,
       20, prdc},
      {"coverage", "Coverage", "The share of real images that have something generated among their nearest.", features,
       +1, 20, prdc},
      {"copies", "Copies",
       "The share that lies on a training image: less than half as far from it as from the fifth nearest.",
       training_features, 0, 20, copies},
      {"modes", "Modes", "How many of the classes that there are have been generated at least once.", classes, +1, 20,
       class_modes},
      {"reverse_kl_modes", "Reverse KL of modes",
       "How far the shares of classes among what is generated are from those of the data, in nats.", classes, -1, 20,
       class_modes},
  };
  return kinds;
}

std::vector<std::string> metric_names() {
  std::vector<std::string> names;
  names.reserve(metric_kinds().size());
  for (const MetricKind& kind : metric_kinds()) names.emplace_back(kind.name);
  return names;
}

std::vector<MetricValue> compute_metrics(const std::vector<std::string>& names, const MetricInput& input,
                                         const MetricOptions& options) {
  std::vector<MetricValue> values;
  std::vector<std::pair<decltype(MetricKind::family), std::vector<MetricValue>>> done;
  for (const std::string& name : names) {
    const MetricKind& kind = kind_of(name);
    check_input(kind, input);
    auto family = std::find_if(done.begin(), done.end(), [&](const auto& entry) { return entry.first == kind.family; });
    if (family == done.end()) family = done.insert(done.end(), {kind.family, kind.family(input, options)});
    for (const MetricValue& value : family->second)
      if (value.name == name) values.push_back(value);
  }
  return values;
}

}  // namespace saddle
