// Implements the thinning of curves, and the speed that they tell.
#include "saddle/run/curve.h"

namespace saddle {

Curve thin_curve(const Curve& curve, size_t most) {
  if (curve.size() <= most || most < 4) return curve;
  Curve kept = {curve.front()};
  const size_t inner = curve.size() - 2, stretches = (most - 2) / 2;
  for (size_t s = 0; s < stretches; ++s) {
    const auto begin = curve.begin() + 1 + inner * s / stretches, end = curve.begin() + 1 + inner * (s + 1) / stretches;
    const auto [smallest, largest] =
        std::minmax_element(begin, end, [](const CurvePoint& a, const CurvePoint& b) { return a.value < b.value; });
    kept.push_back(*std::min(smallest, largest));
    if (smallest->value < largest->value) kept.push_back(*std::max(smallest, largest));
  }
  kept.push_back(curve.back());
  return kept;
}

Curve speed_curve(const Curve& curve) {
  Curve speed;
  if (curve.empty()) return speed;
  CurvePoint last;  // every run begins at 0 samples and 0 seconds
  const int64_t apart = std::max<int64_t>(1, curve.back().samples / 200);
  for (const auto& point : curve) {
    if (point.samples - last.samples < apart || point.seconds <= last.seconds) continue;
    const double rate = static_cast<double>(point.samples - last.samples) / (point.seconds - last.seconds);
    speed.push_back({point.samples, point.seconds, rate});
    last = point;
  }
  return speed;
}

}  // namespace saddle
