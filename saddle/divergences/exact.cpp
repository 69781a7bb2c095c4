// Implements exact divergences: closed forms, quadrature, Monte Carlo.
#include "saddle/divergences/exact.h"

#include "saddle/base/constants.h"
#include "saddle/base/error.h"
#include "saddle/divergences/densities.h"
#include "saddle/divergences/faces_pair.h"
#include "saddle/divergences/gaussian_pair.h"
#include "saddle/divergences/quadrature.h"
#include "saddle/divergences/transport.h"

namespace saddle {
namespace {

constexpr double kToleranceOnTheLine = 1e-12, kToleranceInThePlane = 1e-9;  // a box
constexpr size_t kManyLandmarks = 64;  // from where densities are dear and a box may be off by more
constexpr double kToleranceOfMany = 1e-7;
constexpr int64_t kBlock = 20'000;  // draws at a time

ExactValue in_closed_form(double value) { return {value, 0, ExactMethod::closed_form}; }

void integrate_all(const Distribution& p, const Distribution& q, ExactDivergences& result) {
  std::vector<Landmark> landmarks = p.landmarks();
  const std::vector<Landmark> more = q.landmarks();
  landmarks.insert(landmarks.end(), more.begin(), more.end());
  const double tolerance = p.dim() == 1                        ? kToleranceOnTheLine
                           : landmarks.size() < kManyLandmarks ? kToleranceInThePlane
                                                               : kToleranceOfMany;
  set_integrals(
      integrate(
          landmarks, [&](const Tensor& x) { return divergence_densities(p.log_prob(x), q.log_prob(x)); }, tolerance),
      result);
}

/// log p/q at draws from `from`.
Tensor log_ratios(const Distribution& from, const Distribution& p, const Distribution& q, int64_t samples, Rng& rng) {
  std::vector<Tensor> parts;
  for (int64_t done = 0; done < samples; done += kBlock) {
    const Tensor x = from.sample(std::min(kBlock, samples - done), rng);
    parts.push_back(p.log_prob(x) - q.log_prob(x));
  }
  return at::cat(parts);
}

/// The mean of f over draws from P plus that of g over draws from Q.
ExactValue sampled(const Tensor& f, const Tensor& g) {
  const auto variance = [](const Tensor& x) { return x.var().item<double>() / static_cast<double>(x.numel()); };
  const double mean = f.mean().item<double>() + g.mean().item<double>();
  return {mean, std::isfinite(mean) ? std::sqrt(variance(f) + variance(g)) : 0, ExactMethod::monte_carlo};
}

void sample_all(const Distribution& p, const Distribution& q, int64_t samples, ExactDivergences& result) {
  Rng rng = make_rng(0, "exact_divergences");
  const Tensor at_p = log_ratios(p, p, q, samples, rng), at_q = log_ratios(q, p, q, samples, rng);
  const Tensor nothing = at::zeros_like(at_p);
  result.kl = sampled(at_p, nothing);
  result.reverse_kl = sampled(nothing, -at_q);
  result.js = sampled((kLog2 - log1p_exp(-at_p)) / 2, (kLog2 - log1p_exp(at_q)) / 2);
  // Half of each side's own unbiased estimate.
  result.total_variation = sampled(-(-at_p).expm1().clamp_max(0) / 2, -at_q.expm1().clamp_max(0) / 2);
  result.squared_hellinger =
      sampled(0.5 - (at_p / 2).cosh().reciprocal() / 2, 0.5 - (at_q / 2).cosh().reciprocal() / 2);
}

}  // namespace

ExactDivergences exact_divergences(const Distribution& p, const Distribution& q, int64_t samples) {
  const int64_t d = p.dim();
  if (d != q.dim())
    throw Error("exact_divergences: expected densities of one dimension, got " + std::to_string(d) + " and " +
                std::to_string(q.dim()));
  const auto *p_faces = dynamic_cast<const FacesDensity*>(&p), *q_faces = dynamic_cast<const FacesDensity*>(&q);
  if (p_faces != nullptr && q_faces != nullptr)
    if (const auto found = faces_divergences(*p_faces, *q_faces)) return *found;
  ExactDivergences result;
  const bool known = !p.landmarks().empty() && !q.landmarks().empty();
  const auto pair = GaussianPair::of(p, q);
  const auto reduced = pair ? pair->reduced() : std::nullopt;
  if (reduced)
    integrate_all(*reduced->first, *reduced->second, result);
  else if (d <= 2 && known)
    integrate_all(p, q, result);
  else
    sample_all(p, q, samples, result);
  if (pair) {
    result.kl = in_closed_form(pair->kl());
    result.reverse_kl = in_closed_form(pair->reverse_kl());
    result.squared_hellinger = in_closed_form(pair->squared_hellinger());
    result.pearson_chi2 = in_closed_form(pair->pearson_chi2());
    result.wasserstein2 = in_closed_form(pair->wasserstein2());
    if (const auto w1 = pair->wasserstein1()) result.wasserstein1 = in_closed_form(*w1);
  }
  if (d == 1 && known && result.wasserstein1.method == ExactMethod::unknown) {
    const Transport transport = transport_on_line(p, q);
    result.wasserstein1 = by_quadrature(transport.w1);
    if (!pair) result.wasserstein2 = by_quadrature(transport.w2);
  }
  return result;
}

}  // namespace saddle
