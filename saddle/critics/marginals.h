// What each column shows by itself of the difference between two samples.
#pragma once
#include "saddle/base/tensor.h"

namespace saddle {

/// The JSD of one column's two marginal distributions, in nats.
struct MarginalJs {
  double js;              // held-out estimate; biased downwards, may be negative where the marginals agree
  double standard_error;  // of the mean
};

/// Estimates the JSD of the distributions of a number on both sides, by counting in bins.
///
/// A half of each side gives the bins (quantiles of both sides together; a value that is frequent has a bin of its own,
/// NaN too) and the log-odds in them; the other half scores them, log 2 + V/2; then the halves change places.
/// Shapes: p [n], q [m], float64; NaN stands for a missing value. Halves are odd and even rows: rows must be in no
/// order. Result: about -(bins)/(8 n) where P = Q. Throws: Error if a side has fewer than 10 rows. Cost: O(n log n).
MarginalJs marginal_js(const Tensor& p, const Tensor& q);

}  // namespace saddle
