// Where a run stands: how far G is from held-out data by a fresh critic, which moment is the best, and when to stop.
#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "saddle/base/tensor.h"
#include "saddle/critics/combined_critic.h"
#include "saddle/critics/spread.h"
#include "saddle/distributed/group.h"

namespace saddle {

/// The JSD above which the evaluation critic no longer tells generators apart, in nats; log 2 is the largest.
constexpr double kSaturatedJs = 0.6;

/// The fewest rows that a JSD is estimated on: of `test`, and of either half of `select`.
constexpr int64_t kFewestEvaluationRows = 50;

/// The confidence of every bound and interval that a run reports.
constexpr double kConfidence = 0.95;

/// What one measurement of the evaluation critic says on the rows that steer. Divergences in nats.
struct EvaluationDivergence {
  int64_t samples = 0;  // real samples shown to D by then
  double js = std::numeric_limits<double>::quiet_NaN(), standard_error = 0;
  double blurred = std::numeric_limits<double>::quiet_NaN();  // mean JSD over the levels of noise, where there are any
  double blurred_error = std::numeric_limits<double>::quiet_NaN();

  bool saturated() const { return js > kSaturatedJs; }  // whether generators are no longer told apart by `js`
};

/// A measurement as numbers for a checkpoint, without NaN, which is not equal to itself. Shapes: [5] float64.
Tensor pack(const EvaluationDivergence& divergence);
EvaluationDivergence unpack_divergence(const Tensor& numbers);

/// The same measurement on rows that steer nothing: what a run reports.
struct ReportedDivergence {
  double js, standard_error, certified_lower;                 // certified with kConfidence, for this moment alone
  double blurred = std::numeric_limits<double>::quiet_NaN();  // mean over `noise`, where there is any
  double blurred_error = std::numeric_limits<double>::quiet_NaN();
  std::vector<NoiseRung> noise = {};
};

/// Real and generated rows of one measurement, as many of either, and three kinds of them. Shapes: [n, d] or [n, c, h,
/// w].
struct EvaluationRows {
  CriticRows real, fake;
};

/// How much one measurement may cost: all measurements together are to stay near a tenth of a run.
struct EvaluationBudget {
  int64_t fitted;            // rows of either side that the critic is fitted on, at most
  int64_t judged;            // that it is judged on: so many that steer, and so many that do not
  int64_t training_samples;  // that a step of the default networks is shown in the same time
};
EvaluationBudget evaluation_budget(bool images);

/// The rows of either side that a measurement of a run of `samples` is worth: fewer than the budget's where the run is
/// short.
int64_t critic_rows(int64_t samples, bool images);

/// Fits a fresh critic, from the same seed and with the same budget every time, never the game's D.
///
/// A CombinedCritic is fitted on `fitting`, and judged on `steering` and on `reporting`, which steers nothing. So is
/// one for each level of noise on both sides (spread.h): of images kNoiseLevels always, since their JSD is about log 2
/// for nearly every G, of points 0.25 and 1 of the data's standard deviations where the JSD exceeds kSaturatedJs. The
/// mean of the levels is what tells two saturated measurements apart; the mean of their errors bounds its error. The
/// noise is the same every time. Images are rounded to the 256 levels that files of images have, lest rounding alone
/// give the data away. The ranks of a group share the critics out, all with the same rows and to the same result;
/// `group` null: this process is alone.
std::pair<EvaluationDivergence, ReportedDivergence> measure_evaluation_divergence(
    EvaluationRows fitting, EvaluationRows steering, EvaluationRows reporting, uint64_t seed, Group* group = nullptr);

/// How much farther `to` is from the data than `from`, with the standard error of the difference.
struct DivergenceChange {
  double rise, error;
};

/// Compares JSDs, or the means under noise where both are saturated; the errors add as independent ones do.
DivergenceChange change_of(const EvaluationDivergence& from, const EvaluationDivergence& to);

/// Which moment of a run is the best, and when it last improved.
///
/// The best is the latest measurement within one standard error of the smallest estimate. It improved when a
/// measurement lies below the one that improved last by more than two standard errors of their difference (of a run
/// that stands still, 1 measurement in 40 does), so that many small gains add up.
class SnapshotSearch {
 public:
  /// Takes the next measurement; returns whether it is the best so far.
  bool take(const EvaluationDivergence& next);

  /// Samples at the best measurement; -1: there was none.
  int64_t best() const { return best_.samples; }
  const EvaluationDivergence& best_divergence() const { return best_; }  // what was found there
  const EvaluationDivergence& last() const { return last_; }             // its `js` is NaN before the first measurement

  /// Samples at the measurement that improved last; -1: there was none.
  int64_t improved() const { return improved_.samples; }

  Tensor state() const;                 // all that `set_state` needs
  void set_state(const Tensor& state);  // brings it back

 private:
  EvaluationDivergence best_{-1}, smallest_{-1}, improved_{-1}, last_{-1};
};

/// V on training samples less V on held-out ones, of the same D and fakes, with its standard error.
struct OverfittingGap {
  double gap = std::numeric_limits<double>::quiet_NaN(), error = 0;
};

/// Shapes: the logits of real samples [n], [m].
OverfittingGap overfitting_gap(const Tensor& train_logits, const Tensor& held_out_logits);

/// The rule of `--stop auto`.
class StopRule {
 public:
  /// Takes what an evaluation found: the gap in V, and the search after its measurement. Returns why to stop; empty: go
  /// on.
  ///
  /// To stop: no improvement for `patience` samples; or a gap above 0.2 nats by two standard errors at five evaluations
  /// in a row (under no overfitting at most 1 of 40 is, by chance, at each).
  std::string take(int64_t samples, int64_t patience, const SnapshotSearch& search, const OverfittingGap& gap);

  int64_t open_gaps() const { return open_gaps_; }           // for a checkpoint
  void set_open_gaps(int64_t count) { open_gaps_ = count; }  // from a checkpoint

 private:
  int64_t open_gaps_ = 0;  // evaluations in a row
};

}  // namespace saddle
