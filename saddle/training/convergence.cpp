// Implements the test of D's convergence.
#include "saddle/training/convergence.h"

#include <algorithm>

#include "saddle/training/game_value.h"

namespace saddle {
namespace {

/// Upper limit of the mean of `differences` with an error of `alpha`, by the normal approximation.
double upper_limit(const Tensor& differences, double alpha) {
  const Mean mean = mean_of(differences);
  const double z = at::special_ndtri(at::scalar_tensor(1 - alpha, at::kDouble)).item<double>();
  return mean.estimate + z * mean.standard_error;
}

}  // namespace

ConvergenceTest::ConvergenceTest(double within, double confidence) : within_(within), alpha_(1 - confidence) {}

Convergence ConvergenceTest::take(const Tensor& values) {
  ++looks_;
  Convergence says = Convergence::rising;
  if (looks_ > 0) {
    const double alpha = alpha_ / static_cast<double>(looks_ * (looks_ + 1));
    if (upper_limit(values - best_values_, alpha) < 0)
      says = Convergence::fell;
    else if (upper_limit(values - last_, alpha) < within_)
      says = Convergence::converged;
  }
  last_ = values;
  if (looks_ == 0 || values.mean().item<double>() > best_values_.mean().item<double>()) {
    best_ = looks_;
    best_values_ = values;
  }
  return says;
}

}  // namespace saddle
