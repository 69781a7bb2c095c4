// Implements metrics of each class.
#include "cli/measure_classes.h"

#include <nlohmann/json.hpp>

namespace saddle::cli {
namespace {

constexpr size_t kClassesTold = 20;  // of the text

std::vector<std::string> metrics_of_classes(const std::vector<std::string>& names) {
  std::vector<std::string> chosen;
  for (const char* name : {"fd", "kd"})
    if (std::find(names.begin(), names.end(), name) != names.end()) chosen.emplace_back(name);
  return chosen;
}

int64_t fewest_of(const std::vector<std::string>& names) {
  int64_t fewest = 0;
  for (const MetricKind& kind : metric_kinds())
    if (std::find(names.begin(), names.end(), kind.name) != names.end()) fewest = std::max(fewest, kind.fewest);
  return fewest;
}

nlohmann::ordered_json or_null(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
}

}  // namespace

std::vector<ClassMetrics> measure_classes(const std::vector<std::string>& names, const MetricInput& input,
                                          const ClassLabels& labels, const MetricOptions& options) {
  const std::vector<std::string> chosen = metrics_of_classes(names);
  std::vector<ClassMetrics> classes;
  if (chosen.empty() || labels.names.empty() || !labels.p.defined() || !labels.q.defined()) return classes;
  for (size_t k = 0; k < labels.names.size(); ++k) {
    const auto rows_of = [&](const Tensor& of_side) {
      return (of_side == static_cast<int64_t>(k)).nonzero().squeeze(1);
    };
    const Tensor p = rows_of(labels.p), q = rows_of(labels.q);
    if (p.numel() + q.numel() == 0) continue;
    ClassMetrics one{labels.names[k], p.numel(), q.numel(), {}};
    if (std::min(one.p_count, one.q_count) >= fewest_of(chosen)) {
      MetricInput of_class;
      of_class.p = input.p.index_select(0, p);
      of_class.q = input.q.index_select(0, q);
      if (input.p_groups.defined()) of_class.p_groups = input.p_groups.index_select(0, p);
      one.values = compute_metrics(chosen, of_class, options);
    }
    classes.push_back(std::move(one));
  }
  return classes;
}

nlohmann::ordered_json classes_json(const std::vector<ClassMetrics>& classes) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const ClassMetrics& one : classes) {
    auto& entry = json[one.name];
    entry = {{"p_count", one.p_count}, {"q_count", one.q_count}};
    for (const MetricValue& value : one.values)
      entry[value.name] = {{"estimate", or_null(value.estimate)},
                           {"lower", or_null(value.lower)},
                           {"upper", or_null(value.upper)},
                           {"expected", or_null(value.expected)}};
  }
  return json;
}

std::string classes_text(const std::vector<ClassMetrics>& classes) {
  if (classes.empty()) return "";
  std::string text;
  char line[256];
  std::snprintf(line, sizeof line, "\n%-22s %8s %8s", "class", "P", "Q");
  text += line;
  const auto with_values =
      std::find_if(classes.begin(), classes.end(), [](const ClassMetrics& one) { return !one.values.empty(); });
  if (with_values != classes.end())
    for (const MetricValue& value : with_values->values) {
      std::snprintf(line, sizeof line, " %10s  %-22s", value.name.c_str(), "interval");
      text += line;
    }
  text += "\n";
  for (size_t i = 0; i < std::min(classes.size(), kClassesTold); ++i) {
    const ClassMetrics& one = classes[i];
    std::snprintf(line, sizeof line, "%-22.60s %8ld %8ld", one.name.c_str(), static_cast<long>(one.p_count),
                  static_cast<long>(one.q_count));
    text += line;
    for (const MetricValue& value : one.values) {
      char interval[64] = "";
      if (std::isfinite(value.lower))
        std::snprintf(interval, sizeof interval, "%.3g to %.3g", value.lower, value.upper);
      std::snprintf(line, sizeof line, " %10.4g  %-22s", value.estimate, interval);
      text += line;
    }
    text += one.values.empty() ? " too few rows\n" : "\n";
  }
  if (classes.size() > kClassesTold)
    text += "and " + std::to_string(classes.size() - kClassesTold) + " more (--json has all)\n";
  return text;
}

}  // namespace saddle::cli
