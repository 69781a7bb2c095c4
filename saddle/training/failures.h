// The known ways in which a game fails, told from what every evaluation measures.
#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "saddle/base/tensor.h"
#include "saddle/training/evaluation_divergence.h"

namespace saddle {

/// What one evaluation saw; NaN stands for what there is not.
struct EvaluationSummary {
  bool measured = true;  // whether `divergence` is of this evaluation; else only what needs none is watched
  EvaluationDivergence divergence = {.samples = -1};              // by the evaluation critic; samples -1: there is none
  double train_value = std::numeric_limits<double>::quiet_NaN();  // V(D,G) on rows that D was trained on
  double discriminator_loss = 0;                                  // of the last step
  double real_correct = std::numeric_limits<double>::quiet_NaN();
  double fake_correct = std::numeric_limits<double>::quiet_NaN();  // shares of `select` and of fakes that D gets right
  double minimax_gradient = 0, non_saturating_gradient = 0;        // norms of G's gradient under both losses
};

/// A failure by its name, and the sentence that says what was seen.
struct Failure {
  std::string name;  // lost, perfect_discriminator, mode_loss, divergence, oscillation; empty: none
  std::string text;
  std::string advice;  // what to try where going back did not help
};

/// Follows a run's evaluations and says when it fails.
///
/// lost                    D is no better than a coin at three evaluations in a row, but the critic finds the JSD above
///                         kSaturatedJs and no nearer than untrained: it gets less than 0.6 right, and its V on rows
///                         that it was trained on is below -2 log 2 (by a nat where there is no critic); or G, which
///                         has not stood better, is farther from the data than it was untrained, by 0.1 nats and five
///                         standard errors, at three measurements in a row; or it was lost before, and ends no nearer.
///                         Nothing that was seen of such a game is its best
/// perfect_discriminator   D gets all but a thousandth right on held-out data at five evaluations in a row, G's
///                         gradient under log(1 - D) is less than a thousandth of that under -log D, and the JSD does
///                         not fall meanwhile
/// mode_loss               the JSD is above its smallest by 0.1 nats and five standard errors, at three evaluations in
///                         a row, while D's loss stays within a fifth of what it was there
/// divergence              the same while D's loss does not stay
/// oscillation             the JSD turns round six times within twenty evaluations, each time by 0.1 nats and five
///                         standard errors
/// By sampling noise alone, five standard errors of a difference come once in two million measurements.
class FailureWatch {
 public:
  /// Takes where the untrained generator stands, which is not lost and no best either.
  void begin(const EvaluationDivergence& untrained) { untrained_ = untrained; }

  /// Takes the next evaluation's numbers. Returns what failed, and then begins anew; `last`: the run ends, and a game
  /// that is lost again, or was whenever it was seen, is told at once.
  Failure take(const EvaluationSummary& summary, bool last = false);

  /// Whether something has begun that may turn out to be a failure: no moment to go back to.
  bool suspicious() const { return perfect_ > 0 || risen_ > 0 || is_losing(); }

  /// Forgets everything but where the untrained generator stands, and whether the game was lost.
  void reset();

  Tensor state() const;                 // all that `set_state` needs
  void set_state(const Tensor& state);  // throws Error for another version's

 private:
  bool is_losing() const { return blind_ > 0 || worse_ > 0; }
  Failure lost(const EvaluationSummary& summary, bool last);
  Failure perfect(const EvaluationSummary& summary);
  Failure risen(const EvaluationSummary& summary);
  Failure turned(const EvaluationSummary& summary);

  int64_t measured_ = 0, perfect_ = 0, risen_ = 0;  // evaluations with a measurement; those in a row
  int64_t blind_ = 0, worse_ = 0;  // in a row: evaluations with a D no better than a coin; measurements
  bool told_ = false;              // whether a lost game was told
  EvaluationDivergence untrained_{.samples = -1}, when_perfect_{.samples = -1}, best_{.samples = -1},
      extreme_{.samples = -1};
  double best_loss_ = 0;       // of D, at the best
  int direction_ = 0;          // of the JSD: 1 up, -1 down, 0 not yet known
  std::vector<double> turns_;  // at which measurements it turned round
};

}  // namespace saddle
