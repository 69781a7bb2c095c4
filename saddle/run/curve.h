// Curves of a run: one named number over the samples seen.
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace saddle {

/// One observation of a number.
struct CurvePoint {
  int64_t samples = 0;  // real samples shown to D
  double seconds = 0;   // computed until then, over all resumptions
  double value = 0;
  double lower = std::numeric_limits<double>::quiet_NaN();  // the interval's ends; NaN: there is none
  double upper = std::numeric_limits<double>::quiet_NaN();
  double standard_error = std::numeric_limits<double>::quiet_NaN();  // of an estimate; NaN: it is none
};

using Curve = std::vector<CurvePoint>;

/// Returns at most `most` points (at least 4) that draw the same picture.
///
/// The curve is cut into stretches of equal length, and each keeps its smallest and its largest value; the
/// first and the last point stay.
Curve thin_curve(const Curve& curve, size_t most);

/// Returns the samples seen a second between points that are at least 1/200 of the run apart.
Curve speed_curve(const Curve& curve);

}  // namespace saddle
