// Gaussian mixtures: their density, and their fit by maximum likelihood with the EM algorithm.
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "saddle/base/units.h"
#include "saddle/distributions/distribution.h"

namespace saddle {

/// The shape of a component's covariance: any, one variance a coordinate, or one variance.
enum class Covariance { full, diagonal, spherical };

/// A mixture of K normal distributions on R^d.
///
///   p(x) = sum_k weights[k] N(x; means[k], covariances[k])
///
/// log_prob writes log N as a linear function of (1, x, x x^T) about the mixture's mean, so that it is one matrix
/// product; relative to the coordinates' range, standard deviations below 1e-6 lose digits.
class GaussianMixture final : public Distribution {
 public:
  /// Shapes: weights [K], means [K, d], covariances full [K, d, d], diagonal [K, d] (variances), spherical [K].
  ///
  /// Throws: Error unless weights are at least 0 and sum to 1, and covariances are positive definite.
  GaussianMixture(const Tensor& weights, const Tensor& means, const Tensor& covariances, Covariance kind);

  int64_t dim() const override { return means_.size(1); }
  Tensor sample(int64_t n, Rng& rng) const override;
  Tensor log_prob(const Tensor& x) const override;
  std::optional<double> entropy() const override;
  std::vector<Landmark> landmarks() const override;

  int64_t components() const { return means_.size(0); }       // K
  Covariance kind() const { return kind_; }                   // the form of the covariances
  const Tensor& weights() const { return weights_; }          // [K]
  const Tensor& means() const { return means_; }              // [K, d]
  const Tensor& covariances() const { return covariances_; }  // [K, d, d], [K, d] or [K], by `kind`

  /// Returns P(component k | x). Shapes: x [n, d], result [n, K] float64, rows sum to 1.
  Tensor responsibilities(const Tensor& x) const;

  /// Returns the mean of log_prob over the rows of x, in nats.
  double mean_log_likelihood(const Tensor& x) const;

  /// Returns the mixture of `units.restore(x)` for x of this one.
  ///
  /// Throws: Error where a variance is none of float64's, or the kind is spherical and the scales differ.
  GaussianMixture restored(const Units& units) const;

  /// The number of free parameters.
  int64_t parameter_count() const;

  /// Returns the Bayesian information criterion -2 log L + parameters log n; smaller is better.
  double bic(const Tensor& x) const;

 private:
  Tensor weights_, means_, covariances_;  // float64
  Covariance kind_;
  Tensor centre_, coefficients_;  // [d], [K, S]: of the family of normal distributions about the centre
};

/// How a mixture is fitted.
struct MixtureOptions {
  int64_t components = 1;
  Covariance covariance = Covariance::full;
  int64_t restarts = 1;          // k-means++ starts, of which the likeliest result is kept
  int64_t max_iterations = 200;  // of EM, for each start
  double tolerance = 1e-3;       // EM ends where the mean log-likelihood gains less, in nats
  double floor = 1e-6;           // least variance in any direction, as a share of the data's mean variance
  uint64_t seed = 0;             // of the starts
  std::function<void(int64_t restart, int64_t iteration, double log_likelihood)> progress = {};  // may throw
};

/// A fitted mixture and how it came about.
struct MixtureFit {
  GaussianMixture mixture;
  double log_likelihood;        // mean over the rows, in nats, of `mixture`
  double bic;                   // of `mixture`
  int64_t iterations;           // of EM, of the start that was kept
  bool converged;               // false: stopped by max_iterations
  std::vector<double> history;  // the mean log-likelihood before each iteration; it never falls
};

/// Fits a mixture by EM from k-means++ starts.
///
/// Each start: greedy k-means++ and ten Lloyd steps on a sample of the rows (with `full` in units of each column's
/// standard deviation), whose clusters are EM's first responsibilities. Variances are kept above the floor by clipping
/// the covariances' eigenvalues, which is the maximiser under that constraint, so that the likelihood never falls.
/// Shapes: x [n, d], any float type, computed in float64 in blocks of bounded memory.
/// Throws: Error unless x is finite and has at least one row a component, and options are in range.
/// Cost: O(n K d) an iteration, with `full` O(n K d^2).
/// Source: Dempster, Laird and Rubin 1977; Arthur and Vassilvitskii 2007 (k-means++).
MixtureFit fit_mixture(const Tensor& x, const MixtureOptions& options);

/// Fits a mixture by EM that starts from responsibilities [n, components], with rows that sum to 1.
MixtureFit fit_mixture_from(const Tensor& x, const Tensor& responsibilities, const MixtureOptions& options);

/// Fits a mixture by EM that starts from another mixture, whose size and kind win over the options'.
MixtureFit fit_mixture_from(const Tensor& x, const GaussianMixture& start, const MixtureOptions& options);

}  // namespace saddle
