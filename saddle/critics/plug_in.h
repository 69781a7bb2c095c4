// Values of other f-divergences that held-out logits suggest: estimates, and no bounds.
#pragma once
#include "saddle/base/tensor.h"

namespace saddle {

/// f-divergences with the critic's logits put in for log p/q.
struct PlugIn {
  double kl;                 // E_P l
  double reverse_kl;         // -E_Q l
  double total_variation;    // P(l > 0) - Q(l > 0), ties half
  double squared_hellinger;  // 1 - E_M sech(l/2), M = (P + Q)/2
  double pearson_chi2;       // E_P e^l - 1
};

/// Returns plug-in values, at least 0, from held-out logits l, which stand for log p/q.
///
/// Shapes: p_logits [n], q_logits [m], any float type. Total variation and squared Hellinger are means of bounded
/// numbers. The other three are not: no sample of n shows a KL divergence above log n (McAllester and Stratos 2020),
/// and they may err either way, also with exact logits (`beyond_samples`). Throws: Error if a side is empty.
PlugIn plug_in_divergences(const Tensor& p_logits, const Tensor& q_logits);

/// Whether a KL divergence (or log(1 + chi^2)) of this size is more than `count` samples can be trusted with: above
/// log count - 2.
bool beyond_samples(double kl, int64_t count);

}  // namespace saddle
