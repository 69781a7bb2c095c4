// Wasserstein distances between samples: exact on the line, and averaged over directions elsewhere.
#pragma once
#include <cstdint>

#include "saddle/base/tensor.h"

namespace saddle {

/// The Wasserstein distance of order 1 or 2 between the empirical distributions of two samples of numbers.
///
///   W_k = (integral over u in [0, 1] of |F^-1(u) - G^-1(u)|^k)^(1/k)
///
/// Shapes: x [n], y [m]; the sizes may differ. Result: exact, in the units of x; biased upwards for the distributions'
/// own distance, by about 1/sqrt(n) where P = Q.
/// Throws: Error if a sample is empty or order is neither 1 nor 2. Cost: O((n + m) log(n + m)).
double wasserstein(const Tensor& x, const Tensor& y, int order);

/// Sliced Wasserstein distances, and what they would be on average where P = Q.
struct SlicedWasserstein {
  double w1, w2;                      // in the units of x
  double w1_null_mean, w2_null_mean;  // the mean over random exchanges of rows between P and Q
};

/// The mean of W_1 and the root mean square of W_2 over one-dimensional projections on random directions.
///
///   SW_k = (E over unit vectors u of W_k(u'P, u'Q)^k)^(1/k)
///
/// In one dimension it is `wasserstein`. A value near its null mean says that no difference shows.
/// Shapes: p [n, ...], q [m, ...]; any float type, finite.
/// Throws: Error if a row's size differs or a sample is empty.
/// Cost: O(directions (n d + n log n)) time and O(directions n) memory; in one dimension 1 direction, else 64,
/// down to 16 where there are more than 20,000 rows.
/// Source: Bonneel et al. 2015, Sliced and Radon Wasserstein Barycenters of Measures, section 4.
SlicedWasserstein sliced_wasserstein(const Tensor& p, const Tensor& q, uint64_t seed);

}  // namespace saddle
