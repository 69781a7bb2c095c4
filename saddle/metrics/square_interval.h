// The interval of a squared distance between two samples, which holds where the distributions are equal too.
#pragma once
#include <utility>

#include "saddle/metrics/row_groups.h"

namespace saddle {

/// Two-sided interval for the mean mu of a squared distance S >= 0 between samples.
///
///   { mu : (S - mu)^2 <= t^2 kappa mu },  kappa = 1.1 variance / S
///
/// To first order S has the variance of the mean of its influences. Where P = Q these vanish and terms of the second
/// order rule; the variance that samples' own influences show is then twice that of S. Both grow with S as they shrink
/// with it, since S is a sum of squares, so that the ends are found with the variance at mu, as in Wilson's interval:
/// S -/+ t sqrt(variance) would take every small S for an exact one. tests/statistics shows how often it holds.
/// t is Student's, since the variance is an estimate, and influences of the second order have long tails.
/// Result: NaN where S or the variance is not positive.
std::pair<double, double> square_interval(double square, const MeanVariance& of_influences, double confidence);

}  // namespace saddle
