// Everything that `saddle measure` says about two samples, in one call.
#pragma once
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "saddle/base/tensor.h"
#include "saddle/critics/fit_critic.h"
#include "saddle/critics/spread.h"
#include "saddle/critics/two_sample_test.h"
#include "saddle/distributed/group.h"

namespace saddle {

/// What is measured, and how.
struct MeasureOptions {
  std::vector<std::string> divergences = {};  // of `divergence_names`; empty: all; the JSD always
  std::vector<double> noise = {};             // standard deviations; empty: of images kNoiseLevels, of others none
  double confidence = 0.95;
  uint64_t seed = 0;
  Tensor p_features = {}, q_features = {};  // [n, f] and [m, f] of images, by a network fitted on neither; or undefined
  Categorical categorical = {};  // of tables, whose rows are codes and may miss values: which columns hold levels
  std::function<void(const std::string& what, double share)> progress = {};  // share done, in [0, 1]; it may throw
  bool keep_critic = false;  // the first critic is kept in the result, of several processes that of rank 0
  Group* group = nullptr;    // the processes that share the work, all with the same p and q; null: this one is alone
};

/// The kind of a divergence that is computed from the critic's held-out log-odds.
inline constexpr const char* kPlugIn = "plug-in";

/// One divergence beside the JSD; NaN stands for what there is not.
struct DivergenceEstimate {
  std::string name;
  double estimate;
  std::string kind;                                                   // kPlugIn, unbiased, empirical
  double certified_lower = std::numeric_limits<double>::quiet_NaN();  // it is at least this, with the confidence asked
  double lower = std::numeric_limits<double>::quiet_NaN();            // an interval's ends
  double upper = std::numeric_limits<double>::quiet_NaN();
  double p_value = std::numeric_limits<double>::quiet_NaN();    // of a test of P = Q by it
  double null_mean = std::numeric_limits<double>::quiet_NaN();  // what it would be on average where P = Q
};

/// What two samples say about the distance of their distributions. Divergences in nats.
struct Measurement {
  CriticFit critic;
  TwoSampleTest test;
  std::vector<DivergenceEstimate> divergences;
  std::vector<NoiseRung> noise;
  std::vector<std::string> warnings;  // sentences
  int64_t dim = 0;                    // numbers a row, after encoding
};

/// kl, reverse_kl, total_variation, squared_hellinger, pearson_chi2, wasserstein1_sliced, wasserstein2_sliced, mmd2,
/// energy.
std::vector<std::string> divergence_names();

/// Measures how far the distribution of q is from that of p.
///
/// The JSD and its certified lower bound come from `fit_critic`, p-values from `two_sample_test`; the other divergences
/// are plug-in values of its held-out logits, bounded below through the JSD where they can be (`from_js.h`), and
/// sample distances, of tables in standard deviations of both sides together. Images, whose JSD is about log 2 whatever
/// the generator does, are compared under noise too; of tables the noise is in standard deviations of the pooled rows.
/// The D of each fold, the test, the distances and the noise levels do not need each other: the ranks of a group share
/// them out, and all get the same result, that of one process.
/// Shapes: p [n, d] and q [m, d] points, or images [n, C, H, W]; any float type, finite but for missing values.
/// Throws: Error as `fit_critic`, and for an unknown divergence.
Measurement measure(const Tensor& p, const Tensor& q, const MeasureOptions& options);

}  // namespace saddle
