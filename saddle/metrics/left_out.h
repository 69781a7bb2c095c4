// A number of two samples beside what it is without some of their rows, and the interval that follows.
#pragma once
#include <vector>

#include "saddle/metrics/jackknife.h"

namespace saddle {

/// A number, and what it would be without each part of the rows of either side.
struct LeftOut {
  double whole = 0;
  std::vector<double> p = {}, q = {};  // one a part of that side; empty: its rows are taken as they are
  double inflation = 1;                // of the variance, for what leaving out rows does not show
};

/// Both sides' rows, dealt to parts.
struct DealtRows {
  RowParts p, q;
};

/// A number with its standard error and interval.
struct ScoreValue {
  double estimate, lower, upper, standard_error;
};

/// The mean of numbers [n] without each part of them.
std::vector<double> means_without(const Tensor& x, const RowParts& parts);

/// The standard error by the jackknife over both sides' parts, and Student's interval.
///
/// With `share`, of a number in [0, 1], Wilson's interval for as many trials as would give this spread, which holds at
/// 0 and 1 too.
ScoreValue score_value(const LeftOut& number, const DealtRows& rows, double confidence, bool share);

}  // namespace saddle
