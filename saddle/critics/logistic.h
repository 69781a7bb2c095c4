// Logistic regression with a ridge penalty.
#pragma once
#include <vector>

#include "saddle/critics/critic.h"

namespace saddle {

/// Returns the weights of the features and, last, the intercept that minimise the weighted logistic loss.
///
///   sum_i weight_i log(1 + exp(-s_i f(x_i))) + ridge/2 |w|^2,  f(x) = w . x + b,  s_i = 1 for P, -1 for Q
///
/// Shapes: features [n, k] float32; start [k + 1] or undefined for 0; result [k + 1] float64.
/// Cost: O(12 k^3 + n k) for the first step, O(n k) for each of about ten more.
/// Source: Nocedal 1980, Updating quasi-Newton matrices with limited storage, started from the curvature there.
Tensor fit_logistic(const Tensor& features, const Labelled& rows, double ridge, const Tensor& start = {});

/// The logits of `fit_logistic`'s result on features [n, k]; result [n] float32.
Tensor logistic_logits(const Tensor& features, const Tensor& weights);

/// Fits logistic regressions over a path of ridges and keeps the one with the largest V on `held`.
///
/// `features` maps rows to [n, k]. The path runs from nearly none to one that halves every weight.
Critic fit_ridge_path(const std::function<Tensor(const Labelled&)>& features, const Labelled& train,
                      const Labelled& held);

}  // namespace saddle
