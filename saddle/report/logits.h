// Pictures of a critic's logits in numbers: histograms of both sides, and calibration.
#pragma once
#include <cstdint>
#include <vector>

#include "saddle/base/tensor.h"

namespace saddle {

/// Shares of two samples in common bins.
struct LogitHistogram {
  std::vector<double> edges;  // bins + 1, ascending
  std::vector<double> p, q;   // shares that sum to 1; what lies beyond the edges counts in the outermost bins
};

/// Histograms of the logits of both sides, from the 0.1 % to the 99.9 % quantile of all of them.
///
/// Shapes: p_logits [n], q_logits [m], finite. Throws: Error if a side is empty.
LogitHistogram histogram_logits(const Tensor& p_logits, const Tensor& q_logits, int64_t bins = 50);

/// Of the rows to which a critic gives about one probability of being P, how many are.
struct CalibrationPoint {
  double predicted;     // their mean probability
  double observed;      // the share of P, both sides counting alike
  double lower, upper;  // two standard errors about it, within [0, 1]
};

/// The calibration of logits as log-odds of P against Q at equal prior odds, in `groups` of equally many rows.
///
/// Shapes: p_logits [n], q_logits [m]. Throws: Error if a side is empty.
std::vector<CalibrationPoint> calibration_of(const Tensor& p_logits, const Tensor& q_logits, int64_t groups = 12);

}  // namespace saddle
