// How many components of a known mixture some samples reach, and how evenly: PacGAN's protocol.
#pragma once
#include <cstdint>
#include <vector>

#include "saddle/base/tensor.h"
#include "saddle/distributions/gaussian_mixture.h"

namespace saddle {

/// What some samples cover of a mixture; a mode is a component.
struct ModeCoverage {
  int64_t modes;                  // nearest to at least one high-quality sample
  double quality;                 // share of samples that are of high quality
  double reverse_kl;              // of the high-quality samples' shares, from the weights, in nats; inf without any
  std::vector<int64_t> per_mode;  // high-quality samples of each component
};

/// Counts the samples near each component.
///
/// A sample is of high quality if its Mahalanobis distance to the component where that is least is below 3; it then
/// counts for that component, and
///
///   reverse_kl = sum_k h_k log(h_k / weights_k), with h the high-quality samples' shares.
///
/// In the plane draws from the mixture itself have quality 1 - exp(-9/2) = 0.98889 where components are far apart, not
/// 1; with m high-quality draws their reverse_kl averages (K - 1) / (2 m), not 0. Quality says nothing of coverage:
/// one mode can be perfect.
/// Shapes: x [n, d], any float type, computed in float64.
/// Throws: Error unless x is finite and [n, d] with n > 0.
/// Source: Lin et al. 2018, PacGAN, section 4.1, who draw 2,500 samples; its released code weighs modes equally.
ModeCoverage mode_coverage(const GaussianMixture& mixture, const Tensor& x);

}  // namespace saddle
