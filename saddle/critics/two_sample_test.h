// Are two samples drawn from one distribution? Tests whose level holds at every sample size.
#pragma once
#include <cstdint>

#include "saddle/base/tensor.h"

namespace saddle {

/// The outcome of a test of P = Q.
struct TwoSampleTest {
  double statistic;      // the larger of the two tests' standardised statistics
  double p_value;        // P(p <= a) <= a under P = Q; never below its smallest possible value
  double smallest;       // the smallest p-value that the test can give; print "p <= smallest" there
  double accuracy;       // of the split critic on its held-out half
  double detectable_js;  // the JSD of a planted shift that it would have seen with 80 % probability, at level 5 %
};

/// Tests P = Q by a critic fitted on one half, and by permutations of statistics on features that no label enters.
///
/// Shapes: p [n, d] and q [m, d], or images [n, c, h, w]; any float type, finite.
TwoSampleTest two_sample_test(const Tensor& p, const Tensor& q, uint64_t seed, int64_t permutations = 999);

}  // namespace saddle
