// When D has converged: a sequential test on the value that it gains on held-out rows.
#pragma once
#include <cstdint>

#include "saddle/base/tensor.h"

namespace saddle {

/// What a measurement says.
enum class Convergence {
  rising,     // it may still gain more than the tolerance
  converged,  // its gain since the last measurement is below the tolerance, with the confidence asked
  fell,       // it is significantly below its best: it goes too far
};

/// Follows the held-out value of one D while it trains against one fixed G.
///
/// The gain since the last measurement is paired (the same rows); its upper limit at measurement k has the error
/// alpha / (k (k + 1)), so that all measurements together err with at most alpha.
class ConvergenceTest {
 public:
  /// `within` in the unit of the value (nats for minimax); `confidence` such as 0.95.
  ConvergenceTest(double within, double confidence);

  /// Takes the values of D by blocks (`game_values`), each time on the same rows; the first call only begins.
  Convergence take(const Tensor& values);

  /// Whether the last measurement was the best so far.
  bool is_best() const { return best_ == looks_; }

 private:
  double within_, alpha_;
  int64_t looks_ = -1, best_ = -1;
  Tensor last_, best_values_;
};

}  // namespace saddle
