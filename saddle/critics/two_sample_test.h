// Are two samples drawn from one distribution? Tests whose level holds at every sample size.
#pragma once
#include <cstdint>
#include <functional>

#include "saddle/base/tensor.h"
#include "saddle/critics/row_encoder.h"

namespace saddle {

/// The outcome of a test of P = Q.
struct TwoSampleTest {
  double statistic;      // of the test with the smaller p-value, in standard deviations of its permutations
  double p_value;        // P(p_value <= a) <= a under P = Q, for every a and at every sample size
  double smallest;       // the least p-value that the test can give; say "p <= smallest" there
  double accuracy;       // of the split critic on the half that it has not seen; 1/2 is chance
  double detectable_js;  // JSD of a planted difference that would have been seen with about 80 % probability by sides
                         // of these sizes; NaN where no column varies
};

/// How the test is made.
struct TestOptions {
  uint64_t seed = 0;
  int64_t permutations = 1999;
  bool plant = true;             // whether to say what would have been seen: half of the cost
  Categorical categorical = {};  // of rows of tables: which columns hold codes of levels; NaN is then a missing value
  std::function<void(double share)> progress = {};  // share done, in [0, 1]; it may throw
  Tensor p_features = {}, q_features = {};          // [n, f] and [m, f], by a network fitted on neither; or undefined
};

/// Tests P = Q in two ways that share the level (weighted Bonferroni): a tenth for the first, the rest for the second.
///
/// 1. A CombinedCritic is fitted on one half; the difference of its mean logits on the other half is compared with that
///    under permutations of the labels there. It is strong where a difference takes learning to be seen.
/// 2. Features that no label enters (moments, clusters, quantiles, random cosines) are whitened on all rows, whose
///    order is drawn at random first; the squared length of the difference of their means is the score test of a
///    logistic critic on them, refitted under every permutation. The harmonic mean of the p-values of all sets is
///    calibrated by the same permutations. It is strong at small samples, since it needs no split.
///
/// (2) looks at no more than 6,000 rows a side; more are left to (1), which takes up to 120,000.
/// The planted difference: all rows get new labels with log-odds a t(x), t being the leading principal direction; then
/// P = Q but for that tilt, whose JSD is known.
/// Without `plant` detectable_js is NaN.
/// Shapes: p [n, d] and q [m, d], or images [n, c, h, w]; any float type, finite but for missing values.
/// Throws: Error below 20 rows a side.
/// Source: Lopez-Paz and Oquab 2017 (1); Wilson 2019, The harmonic mean p-value (2).
TwoSampleTest two_sample_test(const Tensor& p, const Tensor& q, const TestOptions& options);

/// The second of the two tests alone, with the whole level for itself.
struct PermutationTest {
  double statistic, p_value;
};
PermutationTest permutation_test(const Tensor& p, const Tensor& q, uint64_t seed, int64_t permutations);

}  // namespace saddle
