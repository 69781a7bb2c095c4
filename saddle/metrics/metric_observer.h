// Metrics of features while training: computed on held-out rows, recorded as curves, and able to choose the best
// moment.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "saddle/features/feature_network.h"
#include "saddle/metrics/metric.h"
#include "saddle/training/game_state.h"

namespace saddle {

/// What a run's metrics are computed of. The samplers are the caller's and must outlive the observer; the first rows of
/// each are taken, the same for every moment, so that moments differ by G alone.
struct MetricSettings {
  std::vector<MetricKind> kinds;  // of the table
  std::string best_by = {};       // the name of one of them, which keeps the best generator; empty: none does
  std::shared_ptr<const FeatureNetwork> features;
  Sampler* reporting = nullptr;  // held-out images that steer nothing: what is recorded is computed on them
  Sampler* steering = nullptr;   // others, which `best_by` is computed on; null where there is none
  Sampler* train = nullptr;      // training images, for a metric that needs them
  Tensor class_shares = {};      // how often each class is in the data; undefined: their rows are counted
  int64_t samples = 5000;        // generated images; of held-out ones up to twice, of training ones up to four times
  uint64_t seed = 0;             // of everything random
  std::function<std::vector<MetricValue>(const std::vector<std::string>& names, const MetricInput& input,
                                         const MetricOptions& options)>
      compute = compute_metrics;
};

/// Computes metrics of the generator that is shown (the average, where there is one), as often as the schedule says and
/// at the end, and records them as metrics/NAME with their intervals.
///
/// All that it draws comes from generators and samplers of its own, so that no other number of a run depends on it.
/// Where features of generated images are not finite, an event says so, and nothing is computed.
///
/// The best generator, by `best_by`, is the latest whose value on the rows that steer is within one standard error (a
/// quarter of its 95 % interval) of the best value; fakes of its own, so that what is recorded is not what was
/// selected. Cost: features of `samples` images, twice with `best_by`, a moment; memory for features and one block of
/// images.
class MetricObserver final : public TrainerPart {
 public:
  /// Throws: Error for a metric that needs more held-out rows, or training images that are not given.
  explicit MetricObserver(MetricSettings settings);

  void join(GameState& state) override { state_ = &state; }
  void save(Checkpoint& checkpoint) const override;
  void restore(const Checkpoint& checkpoint) override;
  void observe(Observation& now) override;

 private:
  void find_real();
  Tensor real_features(Sampler& from, int64_t most) const;
  Tensor generated_features(const std::string& purpose) const;
  std::vector<MetricValue> measure(const std::vector<std::string>& names, const Tensor& real,
                                   const std::string& purpose);
  void record(const MetricValue& value, bool last) const;
  bool is_best(const MetricValue& value);

  MetricSettings settings_;
  GameState* state_ = nullptr;
  std::vector<std::string> names_;
  Tensor reporting_, steering_, train_;  // features; undefined before the first moment
  int64_t best_samples_ = -1;            // at the best moment; -1: there was none
  double least_ = 0, least_error_ = 0;   // of what is minimised, with its standard error
};

/// The rows of the table with these names.
///
/// Throws: UsageError for an unknown name or one that stands twice; `where` begins the message.
std::vector<MetricKind> find_metrics(const std::vector<std::string>& names, const std::string& where);

}  // namespace saddle
