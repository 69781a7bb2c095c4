// Where a run stands: how far G is from held-out data by a fresh critic, which moment is the best, and when to stop.
#pragma once
#include <cstdint>
#include <limits>
#include <string>

#include "saddle/base/tensor.h"
#include "saddle/critics/combined_critic.h"

namespace saddle {

/// The JSD above which the evaluation critic no longer tells generators apart, in nats; log 2 is the largest.
constexpr double kSaturatedJs = 0.6;

/// The fewest rows that a JSD is estimated on: of `test`, and of either half of `select`.
constexpr int64_t kFewestStandingRows = 50;

/// The confidence of every bound and interval that a run reports.
constexpr double kConfidence = 0.95;

/// What one look of the evaluation critic says on the rows that steer. Divergences in nats.
struct Standing {
  int64_t samples = 0;  // real samples shown to D by then
  double js = std::numeric_limits<double>::quiet_NaN(), standard_error = 0;
  double blurred = std::numeric_limits<double>::quiet_NaN();  // mean JSD over the noise ladder, above kSaturatedJs
  double blurred_error = std::numeric_limits<double>::quiet_NaN();

  bool saturated() const { return js > kSaturatedJs; }  // whether generators are no longer told apart by `js`
};

/// A look as numbers for a checkpoint, without NaN, which is not equal to itself. Shapes: [5] float64.
Tensor pack(const Standing& standing);
Standing unpack_standing(const Tensor& numbers);

/// The same look on rows that steer nothing: what a run reports.
struct StandingReport {
  double js, standard_error, certified_lower;                 // certified with kConfidence, for this moment alone
  double blurred = std::numeric_limits<double>::quiet_NaN();  // where the look is saturated
  double blurred_error = std::numeric_limits<double>::quiet_NaN();
};

/// Real and generated rows of one look, as many of either, and three kinds of them. Shapes: [n, d] or [n, c, h, w].
struct StandingRows {
  CriticRows real, fake;
};

/// How much one look may cost: all looks together are to stay near a tenth of a run.
struct StandingBudget {
  int64_t fitted;   // rows of either side that the critic is fitted on, at most
  int64_t judged;   // that it is judged on: so many that steer, and so many that do not
  double rungs[2];  // of the noise ladder: images in their own units, points in standard deviations of the data
  int64_t training_samples;  // that a step of the default networks is shown in the same time
};
StandingBudget standing_budget(bool images);

/// The rows of either side that a look of a run of `samples` is worth: fewer than the budget's where the run is short.
int64_t standing_rows(int64_t samples, bool images);

/// Fits a fresh critic, from the same seed and with the same budget every time, never the game's D.
///
/// A CombinedCritic is fitted on `fitting`, and judged on `steering` and on `reporting`, which steers nothing. Above
/// kSaturatedJs, where the JSD is about log 2 whatever G does, both sides are blurred by the rungs of a noise ladder
/// and their JSDs averaged; the mean of their errors bounds its error. Images are rounded to the 256 levels that files
/// of images have, lest rounding alone give the data away.
std::pair<Standing, StandingReport> measure_standing(StandingRows fitting, StandingRows steering,
                                                     StandingRows reporting, uint64_t seed);

/// How much farther `to` is from the data than `from`, with the standard error of the difference.
struct StandingChange {
  double rise, error;
};

/// Compares JSDs, or the ladders where both are saturated; the errors add as independent ones do.
StandingChange change_of(const Standing& from, const Standing& to);

/// Which moment of a run is the best, and when it last improved.
///
/// The best is the latest look within one standard error of the smallest estimate. It improved when a look lies below
/// the one that improved last by more than the error of their difference, so that many small gains add up.
class StandingSearch {
 public:
  /// Takes the next look; returns whether it is the best so far.
  bool take(const Standing& look);

  /// Samples at the best look; -1: there was none.
  int64_t best() const { return best_.samples; }
  const Standing& best_look() const { return best_; }  // what was found there
  const Standing& last() const { return last_; }       // its `js` is NaN before the first look

  /// Samples at the look that improved last; -1: there was none.
  int64_t improved() const { return improved_.samples; }

  Tensor state() const;                 // all that `set_state` needs
  void set_state(const Tensor& state);  // brings it back

 private:
  Standing best_{-1}, smallest_{-1}, improved_{-1}, last_{-1};
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
  /// Takes what an evaluation found: the gap in V, and the search after its look. Returns why to stop; empty: go on.
  ///
  /// To stop: no improvement for `patience` samples; or a gap above 0.2 nats by two standard errors at five evaluations
  /// in a row (under no overfitting at most 1 of 40 is, by chance, at each).
  std::string look(int64_t samples, int64_t patience, const StandingSearch& search, const OverfittingGap& gap);

  int64_t open_gaps() const { return open_gaps_; }           // for a checkpoint
  void set_open_gaps(int64_t count) { open_gaps_ = count; }  // from a checkpoint

 private:
  int64_t open_gaps_ = 0;  // evaluations in a row
};

}  // namespace saddle
