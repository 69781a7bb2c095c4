// Implements the EM algorithm for Gaussian mixtures, and its starts.
#include "saddle/base/error.h"
#include "saddle/distributions/gaussian_mixture.h"
#include "saddle/distributions/kmeans.h"
#include "saddle/distributions/normal_family.h"

namespace saddle {
namespace {

constexpr int64_t kStartRows = 10000;  // that k-means sees, or 100 a component

/// One data set being fitted.
struct Fitting {
  const MixtureOptions& options;
  Tensor x, centre;
  NormalFamily family;
  FeatureBlocks blocks;
  double floor = 0;  // of variances

  Fitting(const Tensor& rows, int64_t components, Covariance kind, const MixtureOptions& given)
      : options(given), x(rows), centre(rows.mean(at::IntArrayRef{0}, false, at::kDouble)), family(kind, rows.size(1)),
        blocks(x, family, centre, components) {
    double variance = 0;
    for (int64_t b = 0; b < blocks.count(); ++b)
      variance += blocks.at(b).slice(0, 1, 1 + family.dim()).square().sum().item<double>();
    variance /= static_cast<double>(x.numel());
    if (!std::isfinite(variance)) throw Error("mixture: expected finite values, got NaN, infinite or too large ones");
    floor = options.floor * (variance > 0 ? variance : 1);
  }

  int64_t n() const { return x.size(0); }

  /// One E step: the mean log-likelihood of `p`, and the moments for the next M step.
  double expect(const NormalParameters& p, Tensor& moments) const {
    const Tensor coefficients = family.coefficients(p);
    moments = at::zeros_like(coefficients);
    double total = 0;
    for (int64_t b = 0; b < blocks.count(); ++b) {
      const Tensor phi = blocks.at(b);
      Tensor joint = family.joint(coefficients, phi);
      total += normalise(joint).sum().item<double>();
      family.add_moments(moments, joint, phi);
    }
    return total / static_cast<double>(n());
  }

  /// The moments under given responsibilities: `of(first, phi)` [K, b].
  Tensor moments_under(int64_t components, const std::function<Tensor(int64_t, const Tensor&)>& of) const {
    Tensor moments = at::zeros({components, family.statistics()}, at::kDouble);
    for (int64_t b = 0; b < blocks.count(); ++b) {
      const Tensor phi = blocks.at(b);
      family.add_moments(moments, of(blocks.first(b), phi), phi);
    }
    return moments;
  }

  /// EM from the moments of a first E step.
  MixtureFit run(Tensor moments, int64_t restart) const {
    NormalParameters p = family.maximise(moments, floor);
    std::vector<double> history;
    bool converged = false;
    while (!converged && static_cast<int64_t>(history.size()) < options.max_iterations) {
      history.push_back(expect(p, moments));
      if (options.progress) options.progress(restart, static_cast<int64_t>(history.size()), history.back());
      p = family.maximise(moments, floor);
      const size_t done = history.size();
      converged = done > 1 && history[done - 1] - history[done - 2] < options.tolerance;
    }
    const double last = expect(p, moments);
    GaussianMixture mixture(p.weights, p.means + centre, p.covariances, family.kind());
    const double bic = -2 * last * static_cast<double>(n()) +
                       static_cast<double>(mixture.parameter_count()) * std::log(static_cast<double>(n()));
    return {std::move(mixture), last, bic, static_cast<int64_t>(history.size()), converged, std::move(history)};
  }

  /// The moments of the clusters that k-means finds.
  Tensor start(int64_t components, Rng& rng) const {
    const int64_t seen = std::min(n(), std::max(kStartRows, 100 * components));
    const Tensor chosen = seen == n() ? x : x.index_select(0, at::randperm(n(), rng, at::kLong).slice(0, 0, seen));
    Tensor rows = chosen.to(at::kDouble) - centre, unit = at::ones_like(centre);
    if (family.kind() == Covariance::full) {
      const Tensor std = rows.square().mean(0).sqrt();
      unit = at::where(std.gt(0), std, unit);
    }
    const Tensor centres = kmeans_centres(rows / unit, components, /*steps=*/10, rng);
    const Tensor shift = centres.square().sum(1, true), slope = centres * (-2 / unit);
    return moments_under(components, [&](int64_t, const Tensor& phi) {
      const Tensor label = at::addmm(shift, slope, phi.slice(0, 1, 1 + family.dim())).argmin(0, /*keepdim=*/true);
      return at::zeros({components, phi.size(1)}, at::kDouble).scatter_(0, label, 1.0);
    });
  }
};

void check_fit(const Tensor& x, int64_t components, const MixtureOptions& options) {
  if (x.dim() != 2 || x.size(1) < 1 || !x.is_floating_point())
    throw Error("mixture: expected points [n, d] of a float type, got another tensor");
  if (components < 1) throw Error("mixture: expected at least 1 component, got " + std::to_string(components));
  if (x.size(0) < components)
    throw Error("mixture: expected at least one row a component, got " + std::to_string(x.size(0)) + " rows and " +
                std::to_string(components) + " components");
  if (options.restarts < 1 || options.max_iterations < 1 || !(options.tolerance >= 0) || !(options.floor > 0))
    throw Error("mixture: expected at least 1 restart and iteration, a tolerance of at least 0 and a floor above 0");
}

}  // namespace

MixtureFit fit_mixture(const Tensor& x, const MixtureOptions& options) {
  check_fit(x, options.components, options);
  const Fitting fitting(x.detach(), options.components, options.covariance, options);
  Rng rng = make_rng(options.seed, "mixture");
  MixtureFit best = fitting.run(fitting.start(options.components, rng), 0);
  for (int64_t restart = 1; restart < options.restarts; ++restart) {
    MixtureFit fit = fitting.run(fitting.start(options.components, rng), restart);
    if (fit.log_likelihood > best.log_likelihood) best = std::move(fit);
  }
  return best;
}

MixtureFit fit_mixture_from(const Tensor& x, const Tensor& responsibilities, const MixtureOptions& options) {
  check_fit(x, options.components, options);
  if (responsibilities.sizes() != at::IntArrayRef({x.size(0), options.components}))
    throw Error("mixture: expected responsibilities [n, components], got another shape");
  const Fitting fitting(x.detach(), options.components, options.covariance, options);
  const auto of = [&](int64_t first, const Tensor& phi) {
    return responsibilities.slice(0, first, first + phi.size(1)).to(at::kDouble).t();
  };
  return fitting.run(fitting.moments_under(options.components, of), 0);
}

MixtureFit fit_mixture_from(const Tensor& x, const GaussianMixture& start, const MixtureOptions& options) {
  check_fit(x, start.components(), options);
  if (x.size(1) != start.dim())
    throw Error("mixture: expected points of the start's dimension " + std::to_string(start.dim()) + ", got " +
                std::to_string(x.size(1)));
  const Fitting fitting(x.detach(), start.components(), start.kind(), options);
  Tensor moments;
  fitting.expect({start.weights(), start.means() - fitting.centre, start.covariances()}, moments);
  return fitting.run(moments, 0);
}

}  // namespace saddle
