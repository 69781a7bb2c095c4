// Implements the metrics of a measurement.
#include "cli/measure_metrics.h"

#include "cli/feature_manifest.h"
#include "cli/measure_scores.h"
#include "cli/open_features.h"
#include "saddle/base/error.h"
#include "saddle/io/file.h"

namespace saddle::cli {
namespace {

constexpr const char* kBuiltinFeatures = "builtin";

bool are_images(const Sides& sides) { return sides.p.images.count > 0 && sides.q.images.count > 0; }

const MetricKind& kind_of_metric(const std::string& name) {
  for (const MetricKind& kind : metric_kinds())
    if (kind.name == name) return kind;
  throw Error("measure: " + unknown_name("metric", name, metric_names()));
}

bool needs(const std::vector<std::string>& names, MetricNeeds what) {
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return name != kCriticsChoice && kind_of_metric(name).needs == what;
  });
}

bool has_labels(const TrainingRows& training) {
  return training.data != nullptr && training.data->summary().labels.size() > 1;
}

/// Whether the data are there that a metric needs.
bool can_have(const MetricKind& kind, const Sides& sides) {
  const bool training = sides.training.images.count > 0 || sides.training.x.defined();
  if (std::min(sides.p.count(), sides.q.count()) < kind.fewest) return false;
  if (kind.needs == MetricNeeds::training_features) return training;
  if (kind.needs == MetricNeeds::classes) return has_labels(sides.training);
  return true;
}

/// What the user can do where a metric cannot be had.
[[noreturn]] void refuse_metric(const MetricKind& kind, const Sides& sides) {
  const std::string where = std::string("--metric ") + kind.name + ": expected ";
  const int64_t count = std::min(sides.p.count(), sides.q.count());
  if (count < kind.fewest)
    throw Error(where + "at least " + std::to_string(kind.fewest) + " samples a side, got " + std::to_string(count) +
                kind.why_fewest);
  if (kind.needs == MetricNeeds::classes && sides.training.data != nullptr)
    throw Error(where + "labels of the training data, got none in " + sides.training.name +
                " (folders in a folder are labels, and so is an IDX file of labels beside one of images)");
  throw Error(where + "the data that the generator was trained on, got none (--training DATA names them)");
}

/// Each image of P by the folder that it came from, where folders belong together.
Tensor groups_of(const ImageRows& rows, bool in_groups) { return in_groups ? labels_of(rows) : Tensor(); }

MetricInput input_of_points(const Sides& sides, const std::vector<std::string>& names) {
  MetricInput input;
  input.p = sides.p.x;
  input.q = sides.q.x;
  if (needs(names, MetricNeeds::training_features)) input.train = sides.training.x;
  return input;
}

/// Images as a network sees them; `of` names the side.
using TakeFeatures = std::function<RowFeatures(const ImageRows& rows, const std::string& of)>;

/// Returns the labels of both sides.
ClassLabels take_both_sides(const Sides& sides, const std::vector<std::string>& names, const FeatureNetwork& network,
                            const TakeFeatures& take, MetricInput& input) {
  RowFeatures p = take(sides.p.images, "P"), q = take(sides.q.images, "Q");
  input.p = p.features;
  input.q = q.features;
  input.p_classes = p.classes;
  input.q_classes = q.classes;
  input.classes = network.class_count();
  if (sides.training.data != nullptr && input.classes > 0)
    input.class_shares = class_shares(sides.training.data->summary());
  input.p_groups = groups_of(sides.p.images, sides.p_in_groups);
  if (needs(names, MetricNeeds::training_features)) {
    input.train = take(sides.training.images, "the training data").features;
    input.train_groups = groups_of(sides.training.images, sides.p_in_groups && sides.training.own);
  }
  return {p.labels, q.labels,
          sides.p.label_names == sides.q.label_names ? sides.p.label_names : std::vector<std::string>()};
}

}  // namespace

void check_metric_names(const MeasureCommand& command) {
  std::vector<std::string> known = metric_names();
  known.insert(known.begin(), kCriticsChoice);
  for (const auto& name : score_names())
    if (std::find(known.begin(), known.end(), name) == known.end()) known.push_back(name);
  for (const auto& name : command.metrics)
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw UsageError("--metric: " + unknown_name("metric", name, known));
}

std::vector<std::string> chosen_metrics(const MeasureCommand& command, const Sides& sides) {
  std::vector<std::string> names = command.metrics;
  if (names.empty()) {
    names.emplace_back(kCriticsChoice);
    for (const MetricKind& kind : metric_kinds())
      if (are_images(sides) && can_have(kind, sides)) names.emplace_back(kind.name);
    const std::vector<std::string> scores = possible_scores(command, sides);
    names.insert(names.end(), scores.begin(), scores.end());
    return names;
  }
  for (const auto& name : names) {
    if (is_score(name, sides))
      check_score(name, command, sides);
    else if (name != kCriticsChoice && !can_have(kind_of_metric(name), sides))
      refuse_metric(kind_of_metric(name), sides);
  }
  return names;
}

MetricsFound measure_metrics(const MeasureCommand& command, const Sides& sides, const std::vector<std::string>& names,
                             ProgressLine& line, Group& group) {
  MetricsFound found;
  std::vector<std::string> metrics;
  for (const auto& name : names)
    if (name != kCriticsChoice && !is_score(name, sides)) metrics.push_back(name);
  const bool critics = std::find(names.begin(), names.end(), kCriticsChoice) != names.end();
  ClassLabels labels;
  if (metrics.empty() && !(critics && are_images(sides))) return found;
  if (are_images(sides)) {
    if (!group.leads()) group.barrier();  // the first rank learns features where they are learnt, and keeps them
    const auto network =
        open_features_for(command.features.empty() ? kBuiltinFeatures : command.features,
                          sides.p.x.sizes().slice(1).vec(), sides.training.data.get(), command.allow_code, line);
    if (group.leads()) group.barrier();
    found.features = network->facts();
    const TakeFeatures take = [&](const ImageRows& rows, const std::string& of) {
      const auto show = [&](int64_t done) { line.show("features of " + of, done, rows.count, "", done == rows.count); };
      RowFeatures features = features_of(rows, *network, show, group);
      line.end();
      return features;
    };
    labels = take_both_sides(sides, metrics, *network, take, found.input);
    found.p_told = found.input.p.index_select(0, sides.p.told);
    found.q_told = found.input.q.index_select(0, sides.q.told);
  } else {
    if (!command.features.empty())
      throw UsageError("--features: expected images, got " + sides.q.name +
                       (sides.q.table != nullptr ? ", a table" : ", whose rows are compared as they are"));
    for (const auto& column : sides.schema.columns)
      if (column.categorical())
        throw Error("--metric " + metrics.front() + ": expected numbers alone, got categories in column '" +
                    column.name + "' (--drop leaves a column out)");
    if (!sides.p.path.empty() && !sides.q.path.empty()) check_same_features(sides.p.path, sides.q.path);
    found.input = input_of_points(sides, metrics);
  }
  if (found.input.train.defined()) found.training_count = found.input.train.size(0);
  MetricOptions options;
  options.confidence = command.confidence;
  options.seed = command.seed;
  options.neighbours = command.neighbours;
  options.closed_balls = command.closed_balls;
  if (metrics.empty() || !group.leads()) return found;
  line.show("metrics", 0, 100, "");
  found.values = compute_metrics(metrics, found.input, options);
  found.classes = measure_classes(metrics, found.input, labels, options);
  line.end();
  for (const auto& value : found.values)
    found.warnings.insert(found.warnings.end(), value.warnings.begin(), value.warnings.end());
  return found;
}

}  // namespace saddle::cli
