// Implements the plug-in values.
#include "saddle/critics/plug_in.h"

#include "saddle/base/error.h"

namespace saddle {
namespace {

double mean_of(const Tensor& x) { return x.mean().item<double>(); }

/// The share of logits above 0, ties half.
double share_above(const Tensor& logits) { return mean_of((logits.sign() + 1) / 2); }

double mean_sech_half(const Tensor& logits) {
  return mean_of(2 * at::sqrt(at::sigmoid(logits) * at::sigmoid(-logits)));
}

}  // namespace

PlugIn plug_in_divergences(const Tensor& p_logits, const Tensor& q_logits) {
  if (p_logits.numel() == 0 || q_logits.numel() == 0)
    throw Error("plug_in_divergences: expected logits of both sides, got none of one");
  const Tensor p = p_logits.to(at::kDouble), q = q_logits.to(at::kDouble);
  PlugIn result{};
  const auto at_least_0 = [](double x) { return std::max(0.0, x); };
  result.kl = at_least_0(mean_of(p));
  result.reverse_kl = at_least_0(-mean_of(q));
  result.total_variation = at_least_0(share_above(p) - share_above(q));
  result.squared_hellinger = at_least_0(1 - (mean_sech_half(p) + mean_sech_half(q)) / 2);
  result.pearson_chi2 = at_least_0(mean_of(p.exp()) - 1);
  return result;
}

bool beyond_samples(double kl, int64_t count) { return kl > std::log(static_cast<double>(count)) - 2; }

}  // namespace saddle
