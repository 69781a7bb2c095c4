// Implements the bounds from the Jensen-Shannon divergence, by bisection on the extremal pairs.
#include "saddle/divergences/from_js.h"

#include "saddle/base/constants.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace saddle {
namespace {

/// The root in [low, high] of an increasing function's crossing of `target`, approached from below.
template <typename Function>
double last_below(Function increasing, double target, double low, double high) {
  for (int step = 0; step < 200; ++step) {
    const double middle = (low + high) / 2;
    (increasing(middle) < target ? low : high) = middle;
  }
  return low;
}

double x_log_x(double x) { return x > 0 ? x * std::log(x) : 0; }

/// The JSD of P = (1, 0) and Q = (s, 1 - s) with s = exp(-kl), in a form that is exact near kl = 0 too.
double js_of_part(double kl) {
  const double rest = -std::expm1(-kl), s = 1 - rest;  // log(2/(1+s)) = -log1p(-rest/2)
  return (-(1 + s) * std::log1p(-rest / 2) + x_log_x(s) + rest * kLog2) / 2;
}

/// The JSD of (1/2 + e, 1/2 - e) and its mirror image.
double js_of_mirror(double e) { return kLog2 + x_log_x(0.5 + e) + x_log_x(0.5 - e); }

}  // namespace

double kl_at_least(double js) {
  if (js <= 0) return 0;
  if (js >= kLog2) return kInfinity;
  return last_below(js_of_part, js, 0, 800);
}

double pearson_chi2_at_least(double js) { return std::expm1(kl_at_least(js)); }

double total_variation_at_least(double js) { return std::clamp(js / kLog2, 0.0, 1.0); }

double squared_hellinger_at_least(double js) {
  if (js <= 0) return 0;
  if (js >= kLog2) return 1;
  const double e = last_below(js_of_mirror, js, 0, 0.5);
  return 1 - std::sqrt(std::max(0.0, 1 - 4 * e * e));
}

}  // namespace saddle
