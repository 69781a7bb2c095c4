// Implements Gaussian mixtures as an exponential family: densities and moments are products with one feature matrix.
#include "saddle/distributions/gaussian_mixture.h"

#include "saddle/base/error.h"
#include "saddle/distributions/kmeans.h"

namespace saddle {
namespace {

constexpr double kLog2Pi = 1.8378770664093453;
constexpr int64_t kBlockNumbers = 1 << 17;  // features and responsibilities of a block: about the second-level cache
constexpr int64_t kKeptNumbers = 1 << 24;   // features of all rows are kept up to 128 MB, and made anew above
constexpr int64_t kStartRows = 10000;       // that k-means sees, or 100 a component

/// The sufficient statistics of a point: (1, x, then x_i x_j for i <= j, x_i^2, or |x|^2).
struct Features {
  Covariance kind;
  int64_t d;
  Tensor i, j;  // the pairs of `full`

  Features(Covariance kind, int64_t d) : kind(kind), d(d) {
    if (kind != Covariance::full) return;
    const Tensor pairs = at::triu_indices(d, d);
    i = pairs[0].contiguous();
    j = pairs[1].contiguous();
  }

  int64_t count() const {
    return 1 + d + (kind == Covariance::full ? d * (d + 1) / 2 : kind == Covariance::diagonal ? d : 1);
  }

  /// Returns the features [F, n] of the rows of x [n, d] about `centre`.
  Tensor of(const Tensor& x, const Tensor& centre) const {
    const Tensor phi = at::empty({count(), x.size(0)}, at::kDouble);
    phi[0].fill_(1);
    Tensor linear = phi.slice(0, 1, 1 + d), square = phi.slice(0, 1 + d);
    linear.copy_(x.t()).sub_(centre.unsqueeze(1));
    if (kind == Covariance::full)
      for (int64_t row = 0, first = 0; row < d; first += d - row, ++row) {
        Tensor products = square.slice(0, first, first + d - row);
        at::mul_out(products, linear.slice(0, row), linear.slice(0, row, row + 1));
      }
    else if (kind == Covariance::diagonal)
      at::mul_out(square, linear, linear);
    else
      square.copy_(linear.square().sum(0, true));
    return phi;
  }
};

/// Weights, means (about a centre) and covariances of the components.
struct Parameters {
  Tensor weights, means, covariances;
};

/// Returns the coefficients [K, F] with log(weights[k] N(x; k)) = coefficients[k] . features(x).
Tensor natural_parameters(const Features& features, const Parameters& p) {
  const auto d = static_cast<double>(features.d);
  Tensor linear, square, constant = p.weights.log() - d * kLog2Pi / 2;
  if (features.kind == Covariance::full) {
    const Tensor l = at::linalg_cholesky(p.covariances), precision = at::cholesky_inverse(l);
    constant = constant - l.diagonal(0, 1, 2).log().sum(1);
    linear = at::matmul(precision, p.means.unsqueeze(2)).squeeze(2);
    const Tensor coefficient = at::where(features.i.eq(features.j), -0.5, -1.0).to(at::kDouble);
    square = precision.flatten(1).index_select(1, features.i * features.d + features.j) * coefficient;
  } else if (features.kind == Covariance::diagonal) {
    constant = constant - p.covariances.log().sum(1) / 2;
    linear = p.means / p.covariances;
    square = -0.5 / p.covariances;
  } else {
    constant = constant - p.covariances.log() * (d / 2);
    linear = p.means / p.covariances.unsqueeze(1);
    square = (-0.5 / p.covariances).unsqueeze(1);
  }
  constant = constant - (linear * p.means).sum(1) / 2;
  return at::cat({constant.unsqueeze(1), linear, square}, 1);
}

/// Returns the likeliest parameters for the responsibility-weighted sums of the features, moments [K, F].
Parameters maximise(const Features& features, const Tensor& moments, double floor) {
  const int64_t d = features.d, k = moments.size(0);
  const Tensor n = moments.select(1, 0) + 10 * std::numeric_limits<double>::epsilon(), per = n.unsqueeze(1);
  Parameters p;
  p.weights = n / n.sum();
  p.means = moments.slice(1, 1, 1 + d) / per;
  const Tensor square = moments.slice(1, 1 + d) / per;
  if (features.kind == Covariance::diagonal) {
    p.covariances = (square - p.means.square()).clamp_min_(floor);
  } else if (features.kind == Covariance::spherical) {
    p.covariances = ((square.squeeze(1) - p.means.square().sum(1)) / static_cast<double>(d)).clamp_min_(floor);
  } else {
    Tensor c = at::empty({k, d, d}, at::kDouble);
    const Tensor values = square - p.means.index_select(1, features.i) * p.means.index_select(1, features.j);
    const Tensor all = at::arange(k).unsqueeze(1);
    c.index_put_({all, features.i, features.j}, values);
    c.index_put_({all, features.j, features.i}, values);
    const Tensor failed = std::get<1>(at::linalg_cholesky_ex(c - floor * at::eye(d, at::kDouble)));
    if (failed.any().item<bool>()) {  // an eigenvalue lies below the floor
      const auto [values_of, vectors] = at::linalg_eigh(c);
      c = at::matmul(vectors * values_of.clamp_min(floor).unsqueeze(1), vectors.transpose(1, 2));
    }
    p.covariances = c;
  }
  return p;
}

/// Turns joint log densities [K, b] into responsibilities in place and returns log p(x) [b].
Tensor normalise(Tensor& joint) {
  const Tensor top = joint.amax(0);
  joint.sub_(top).exp_();
  const Tensor sum = joint.sum(0);
  joint.div_(sum);
  return top + sum.log();
}

int64_t block_rows(const Features& features, int64_t components) {
  return std::clamp<int64_t>(kBlockNumbers / (features.count() + components), 64, 8192);
}

/// The rows of x as blocks of features, kept where they are few.
class Blocks {
 public:
  Blocks(const Tensor& x, const Features& features, const Tensor& centre, int64_t components)
      : x_(x), features_(features), centre_(centre), rows_(block_rows(features, components)) {
    if (x.size(0) * features.count() > kKeptNumbers) return;
    for (int64_t i = 0; i < count(); ++i) kept_.push_back(make(i));
  }

  int64_t count() const { return (x_.size(0) + rows_ - 1) / rows_; }
  int64_t first(int64_t block) const { return block * rows_; }
  Tensor at(int64_t block) const { return kept_.empty() ? make(block) : kept_[static_cast<size_t>(block)]; }

 private:
  Tensor make(int64_t block) const { return features_.of(x_.slice(0, first(block), first(block) + rows_), centre_); }

  Tensor x_;
  const Features& features_;
  Tensor centre_;
  int64_t rows_;
  std::vector<Tensor> kept_;
};

/// One data set being fitted.
struct Fitting {
  const MixtureOptions& options;
  Tensor x, centre;
  Features features;
  Blocks blocks;
  double floor = 0;  // of variances

  Fitting(const Tensor& rows, int64_t components, Covariance kind, const MixtureOptions& options)
      : options(options), x(rows), centre(rows.mean(at::IntArrayRef{0}, false, at::kDouble)),
        features(kind, rows.size(1)), blocks(x, features, centre, components) {
    double variance = 0;
    for (int64_t b = 0; b < blocks.count(); ++b)
      variance += blocks.at(b).slice(0, 1, 1 + features.d).square().sum().item<double>();
    variance /= static_cast<double>(x.numel());
    if (!std::isfinite(variance)) throw Error("mixture: expected finite values, got NaN, infinite or too large ones");
    floor = options.floor * (variance > 0 ? variance : 1);
  }

  int64_t n() const { return x.size(0); }

  /// One E step: the mean log-likelihood of `p`, and the moments for the next M step.
  double expect(const Parameters& p, Tensor& moments) const {
    const Tensor natural = natural_parameters(features, p);
    moments = at::zeros_like(natural);
    double total = 0;
    for (int64_t b = 0; b < blocks.count(); ++b) {
      const Tensor phi = blocks.at(b);
      Tensor joint = at::mm(natural, phi);
      total += normalise(joint).sum().item<double>();
      moments.addmm_(joint, phi.t());
    }
    return total / static_cast<double>(n());
  }

  /// The moments under given responsibilities: `of(first, phi)` [K, b].
  Tensor moments_under(int64_t components, const std::function<Tensor(int64_t, const Tensor&)>& of) const {
    Tensor moments = at::zeros({components, features.count()}, at::kDouble);
    for (int64_t b = 0; b < blocks.count(); ++b) {
      const Tensor phi = blocks.at(b);
      moments.addmm_(of(blocks.first(b), phi), phi.t());
    }
    return moments;
  }

  /// EM from the moments of a first E step.
  MixtureFit run(Tensor moments, int64_t restart) const {
    Parameters p = maximise(features, moments, floor);
    std::vector<double> history;
    bool converged = false;
    while (!converged && static_cast<int64_t>(history.size()) < options.max_iterations) {
      history.push_back(expect(p, moments));
      if (options.progress) options.progress(restart, static_cast<int64_t>(history.size()), history.back());
      p = maximise(features, moments, floor);
      const size_t done = history.size();
      converged = done > 1 && history[done - 1] - history[done - 2] < options.tolerance;
    }
    const double last = expect(p, moments);
    GaussianMixture mixture(p.weights, p.means + centre, p.covariances, features.kind);
    const double bic = -2 * last * static_cast<double>(n()) +
                       static_cast<double>(mixture.parameter_count()) * std::log(static_cast<double>(n()));
    return {std::move(mixture), last, bic, static_cast<int64_t>(history.size()), converged, std::move(history)};
  }

  /// The moments of the clusters that k-means finds.
  Tensor start(int64_t components, Rng& rng) const {
    const int64_t seen = std::min(n(), std::max(kStartRows, 100 * components));
    const Tensor chosen = seen == n() ? x : x.index_select(0, at::randperm(n(), rng, at::kLong).slice(0, 0, seen));
    Tensor rows = chosen.to(at::kDouble) - centre, unit = at::ones_like(centre);
    if (features.kind == Covariance::full) {
      const Tensor std = rows.square().mean(0).sqrt();
      unit = at::where(std.gt(0), std, unit);
    }
    const Tensor centres = kmeans_centres(rows / unit, components, /*steps=*/10, rng);
    const Tensor shift = centres.square().sum(1, true), slope = centres * (-2 / unit);
    return moments_under(components, [&](int64_t, const Tensor& phi) {
      const Tensor label = at::addmm(shift, slope, phi.slice(0, 1, 1 + features.d)).argmin(0, /*keepdim=*/true);
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

GaussianMixture::GaussianMixture(const Tensor& weights, const Tensor& means, const Tensor& covariances, Covariance kind)
    : weights_(weights.to(at::kDouble).contiguous()), means_(means.to(at::kDouble).contiguous()),
      covariances_(covariances.to(at::kDouble).contiguous()), kind_(kind) {
  const auto require = [](bool holds, const char* expected) {
    if (!holds) throw Error(std::string("mixture: expected ") + expected);
  };
  require(means_.dim() == 2 && means_.size(0) >= 1 && means_.size(1) >= 1 && weights_.dim() == 1 &&
              weights_.size(0) == means_.size(0),
          "weights [K] and means [K, d], got other shapes");
  const int64_t k = means_.size(0), d = means_.size(1);
  const std::vector<int64_t> shape = kind == Covariance::full       ? std::vector<int64_t>{k, d, d}
                                     : kind == Covariance::diagonal ? std::vector<int64_t>{k, d}
                                                                    : std::vector<int64_t>{k};
  require(covariances_.sizes() == at::IntArrayRef(shape), "covariances of the shape of their kind, got another shape");
  require(weights_.ge(0).all().item<bool>() && std::fabs(weights_.sum().item<double>() - 1) < 1e-6,
          "weights of at least 0 that sum to 1, got others");
  require(means_.isfinite().all().item<bool>() && covariances_.isfinite().all().item<bool>(),
          "finite means and covariances, got others");
  const bool definite = kind == Covariance::full ? !std::get<1>(at::linalg_cholesky_ex(covariances_)).any().item<bool>()
                                                 : covariances_.gt(0).all().item<bool>();
  require(definite, "positive definite covariances, got others");
  centre_ = at::mv(means_.t(), weights_);
  natural_ = natural_parameters(Features(kind, d), {weights_, means_ - centre_, covariances_});
}

Tensor GaussianMixture::log_prob(const Tensor& x) const {
  check_points(x, dim());
  const Features features(kind_, dim());
  const Blocks blocks(x, features, centre_, components());
  Tensor result = at::empty({x.size(0)}, at::kDouble);
  for (int64_t b = 0; b < blocks.count(); ++b) {
    Tensor joint = at::mm(natural_, blocks.at(b));
    result.slice(0, blocks.first(b), blocks.first(b) + joint.size(1)).copy_(normalise(joint));
  }
  return result;
}

Tensor GaussianMixture::responsibilities(const Tensor& x) const {
  check_points(x, dim());
  const Features features(kind_, dim());
  const Blocks blocks(x, features, centre_, components());
  Tensor result = at::empty({x.size(0), components()}, at::kDouble);
  for (int64_t b = 0; b < blocks.count(); ++b) {
    Tensor joint = at::mm(natural_, blocks.at(b));
    normalise(joint);
    result.slice(0, blocks.first(b), blocks.first(b) + joint.size(1)).copy_(joint.t());
  }
  return result;
}

Tensor GaussianMixture::sample(int64_t n, Rng& rng) const {
  const Tensor k = at::multinomial(weights_, std::max<int64_t>(n, 1), /*replacement=*/true, rng).slice(0, 0, n);
  const Tensor z = randn({n, dim()}, rng, at::kCPU, at::kDouble), x = means_.index_select(0, k);
  if (kind_ == Covariance::spherical) return x + z * covariances_.sqrt().index_select(0, k).unsqueeze(1);
  if (kind_ == Covariance::diagonal) return x + z * covariances_.sqrt().index_select(0, k);
  const Tensor l = at::linalg_cholesky(covariances_);
  for (int64_t c = 0; c < components(); ++c) {  // not l[k], which has d^2 numbers a draw
    const Tensor rows = k.eq(c).nonzero().squeeze(1);
    if (rows.numel() > 0) x.index_add_(0, rows, at::mm(z.index_select(0, rows), l[c].t()));
  }
  return x;
}

std::optional<double> GaussianMixture::entropy() const {
  if (components() != 1) return std::nullopt;
  const auto d = static_cast<double>(dim());
  const double log_det = kind_ == Covariance::full       ? at::logdet(covariances_[0]).item<double>()
                         : kind_ == Covariance::diagonal ? covariances_.log().sum().item<double>()
                                                         : d * std::log(covariances_.item<double>());
  return (d * (1 + kLog2Pi) + log_det) / 2;
}

std::vector<Landmark> GaussianMixture::landmarks() const {
  const auto rows = [this](const Tensor& x) {
    const Tensor values = x.expand({components(), dim()}).contiguous();
    const double* data = values.const_data_ptr<double>();
    std::vector<std::vector<double>> all;
    for (int64_t k = 0; k < components(); ++k) all.emplace_back(data + k * dim(), data + (k + 1) * dim());
    return all;
  };
  const bool full = kind_ == Covariance::full;
  const Tensor variance = full                            ? covariances_.diagonal(0, 1, 2)
                          : kind_ == Covariance::diagonal ? covariances_
                                                          : covariances_.unsqueeze(1);
  // given the other coordinates, coordinate i has the variance 1 / precision_ii
  const Tensor given = full ? 1 / at::cholesky_inverse(at::linalg_cholesky(covariances_)).diagonal(0, 1, 2) : variance;
  const auto at = rows(means_), extent = rows(variance.sqrt()), grain = rows(given.sqrt());
  std::vector<Landmark> all;
  for (size_t k = 0; k < at.size(); ++k) all.push_back({at[k], extent[k], grain[k]});
  return all;
}

double GaussianMixture::mean_log_likelihood(const Tensor& x) const { return log_prob(x).mean().item<double>(); }

int64_t GaussianMixture::parameter_count() const {
  const int64_t d = dim();
  const int64_t each = kind_ == Covariance::full ? d * (d + 1) / 2 : kind_ == Covariance::diagonal ? d : 1;
  return components() * (d + each) + components() - 1;
}

double GaussianMixture::bic(const Tensor& x) const {
  const auto n = static_cast<double>(x.size(0));
  return -2 * n * mean_log_likelihood(x) + static_cast<double>(parameter_count()) * std::log(n);
}

MixtureFit fit_mixture(const Tensor& x, const MixtureOptions& options) {
  check_fit(x, options.components, options);
  const Fitting fitting(x.detach(), options.components, options.covariance, options);
  Rng rng = make_rng(options.seed, "mixture");
  std::optional<MixtureFit> best;
  for (int64_t restart = 0; restart < options.restarts; ++restart) {
    MixtureFit fit = fitting.run(fitting.start(options.components, rng), restart);
    if (!best || fit.log_likelihood > best->log_likelihood) best = std::move(fit);
  }
  return std::move(*best);
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
