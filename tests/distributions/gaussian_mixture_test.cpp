// Tests of Gaussian mixtures and their fit.
#include "saddle/distributions/gaussian_mixture.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/io/file.h"
#include "saddle/io/safetensors.h"

namespace saddle {
namespace {

struct Kind {
  const char* name;
  Covariance covariance;
};
constexpr Kind kKinds[] = {
    {"full", Covariance::full}, {"diagonal", Covariance::diagonal}, {"spherical", Covariance::spherical}};

/// Iris, and EM on it as scikit-learn does it; Old Faithful.
const TensorMap& golden() {
  static const std::string path = SADDLE_GOLDEN "/mixture.safetensors";
  static const TensorMap tensors = decode_safetensors(read_file(path), path);
  return tensors;
}

double largest_difference(const Tensor& a, const Tensor& b) { return (a - b).abs().max().item<double>(); }

/// A mixture in three dimensions whose components overlap.
GaussianMixture example(Covariance kind) {
  const Tensor weights = at::tensor({0.5, 0.3, 0.2}, at::kDouble);
  const Tensor means = at::tensor({0.0, 0.0, 0.0, 2.0, 0.0, 1.0, -1.0, 3.0, 0.0}, at::kDouble).reshape({3, 3});
  const Tensor variances = at::tensor({1.0, 0.5, 2.0, 0.3, 1.0, 1.0, 0.2, 0.4, 0.6}, at::kDouble).reshape({3, 3});
  if (kind == Covariance::spherical) return {weights, means, variances.select(1, 0), kind};
  if (kind == Covariance::diagonal) return {weights, means, variances, kind};
  const Tensor shear = at::eye(3, at::kDouble) + 0.5 * at::eye(3, at::kDouble).roll(1, 1);
  return {weights, means, at::matmul(at::matmul(shear, at::diag_embed(variances)), shear.t()), kind};
}

/// The density of `mixture` from its definition, with inverses and determinants.
Tensor direct_log_prob(const GaussianMixture& mixture, const Tensor& x) {
  const int64_t d = mixture.dim();
  std::vector<Tensor> joint;
  for (int64_t k = 0; k < mixture.components(); ++k) {
    const Tensor c = mixture.covariances()[k];
    const Tensor full = mixture.kind() == Covariance::full       ? c
                        : mixture.kind() == Covariance::diagonal ? at::diag(c)
                                                                 : c * at::eye(d, at::kDouble);
    const Tensor y = x - mixture.means()[k];
    joint.push_back(mixture.weights()[k].log() - at::logdet(2 * M_PI * full) / 2 -
                    (at::mm(y, at::inverse(full)) * y).sum(1) / 2);
  }
  return at::logsumexp(at::stack(joint, 1), {1});
}

}  // namespace

TEST(GaussianMixture, HasTheDensityOfItsDefinition) {
  Rng rng = make_rng(1, "test");
  for (const auto& [name, kind] : kKinds) {
    const GaussianMixture mixture = example(kind);
    const Tensor x = 3 * randn({10000, 3}, rng, at::kCPU, at::kDouble);  // several blocks
    EXPECT_LT(largest_difference(mixture.log_prob(x), direct_log_prob(mixture, x)), 1e-10) << name;
    EXPECT_LT(largest_difference(mixture.responsibilities(x).sum(1), at::ones({10000}, at::kDouble)), 1e-12);
  }
}

TEST(GaussianMixture, FarFromTheOriginKeepsItsDigits) {
  const GaussianMixture at_home(at::ones({1}), at::zeros({1, 1}), at::full({1}, 1e-4, at::kDouble),
                                Covariance::spherical);
  const GaussianMixture far(at::ones({1}), at::full({1, 1}, 1e6, at::kDouble), at::full({1}, 1e-4, at::kDouble),
                            Covariance::spherical);
  const Tensor x = at::tensor({0.0, 0.015625, 0.03125}, at::kDouble).unsqueeze(1);
  EXPECT_LT(largest_difference(far.log_prob(x + 1e6), at_home.log_prob(x)), 1e-9);
}

TEST(GaussianMixture, DrawsHaveItsMeanAndCovariance) {
  Rng rng = make_rng(2, "test");
  for (const auto& [name, kind] : kKinds) {
    const GaussianMixture mixture = example(kind);
    const Tensor x = mixture.sample(200000, rng);
    const Tensor mean = at::mv(mixture.means().t(), mixture.weights());
    // Each entry has a standard error of at most 0.01 (variances below 4, fourth moments below 30): 6 of them.
    EXPECT_LT(largest_difference(x.mean(0), mean), 0.06) << name;
    Tensor second = at::zeros({3, 3}, at::kDouble);
    for (int64_t k = 0; k < 3; ++k) {
      const Tensor c = mixture.covariances()[k], m = mixture.means()[k] - mean;
      second += mixture.weights()[k] * (at::outer(m, m) + (kind == Covariance::full       ? c
                                                           : kind == Covariance::diagonal ? at::diag(c)
                                                                                          : c * at::eye(3)));
    }
    EXPECT_LT(largest_difference(at::cov(x.t()), second), 0.08) << name;
    EXPECT_EQ(mixture.sample(0, rng).size(0), 0);
  }
}

TEST(GaussianMixture, OneComponentKnowsItsEntropy) {
  const Tensor c = at::tensor({2.0, 0.5, 0.5, 1.0}, at::kDouble).reshape({1, 2, 2});
  const GaussianMixture one(at::ones({1}), at::zeros({1, 2}), c, Covariance::full);
  EXPECT_NEAR(*one.entropy(), 1 + std::log(2 * M_PI) + std::log(1.75) / 2, 1e-12);
  EXPECT_FALSE(example(Covariance::full).entropy());
}

TEST(GaussianMixture, CountsItsParameters) {
  EXPECT_EQ(example(Covariance::full).parameter_count(), 3 * (3 + 6) + 2);
  EXPECT_EQ(example(Covariance::diagonal).parameter_count(), 3 * (3 + 3) + 2);
  EXPECT_EQ(example(Covariance::spherical).parameter_count(), 3 * (3 + 1) + 2);
}

TEST(GaussianMixture, RefusesWhatIsNoMixture) {
  const Tensor one = at::ones({1}), mean = at::zeros({1, 2}), eye = at::eye(2).unsqueeze(0);
  EXPECT_THROW(GaussianMixture(at::full({1}, 0.9), mean, eye, Covariance::full), Error);
  EXPECT_THROW(GaussianMixture(one, mean, -eye, Covariance::full), Error);
  EXPECT_THROW(GaussianMixture(one, mean, eye, Covariance::diagonal), Error);
  EXPECT_THROW(GaussianMixture(one, mean, at::zeros({1}), Covariance::spherical), Error);
  EXPECT_THROW(GaussianMixture(one, at::full({1, 2}, NAN), eye, Covariance::full), Error);
  EXPECT_THROW(GaussianMixture(one, mean, eye, Covariance::full).log_prob(at::zeros({4, 3})), Error);
}

TEST(FitMixture, FollowsScikitLearnFromTheSameStart) {
  const Tensor& x = golden().at("x");
  for (const auto& [name, kind] : kKinds) {
    const auto theirs = [&, prefix = std::string(name)](const char* what) { return golden().at(prefix + "/" + what); };
    const MixtureOptions options{
        .components = 3, .covariance = kind, .max_iterations = 30, .tolerance = 0, .floor = 1e-12};
    const MixtureFit fit = fit_mixture_from(x, golden().at("start"), options);
    EXPECT_EQ(fit.iterations, 30) << name;
    EXPECT_LT(largest_difference(at::tensor(fit.history, at::kDouble), theirs("history")), 1e-9) << name;
    EXPECT_NEAR(fit.log_likelihood, theirs("score").item<double>(), 1e-9) << name;
    EXPECT_NEAR(fit.bic, theirs("bic").item<double>(), 1e-6) << name;
    EXPECT_NEAR(fit.mixture.bic(x), theirs("bic").item<double>(), 1e-6) << name;
    EXPECT_LT(largest_difference(fit.mixture.weights(), theirs("weights")), 1e-7) << name;
    EXPECT_LT(largest_difference(fit.mixture.means(), theirs("means")), 1e-7) << name;
    EXPECT_LT(largest_difference(fit.mixture.covariances(), theirs("covariances")), 1e-7) << name;
    EXPECT_LT(largest_difference(fit.mixture.log_prob(x), theirs("log_prob")), 1e-6) << name;
    EXPECT_LT(largest_difference(fit.mixture.responsibilities(x), theirs("responsibilities")), 1e-6) << name;
  }
}

TEST(FitMixture, ReachesThePublishedLikelihoodsOfIris) {
  struct Published {
    int64_t components;
    Covariance covariance;
    double log_likelihood;  // of all 150 rows; full with K = 2 agrees with mclust's VVV
  };
  const Published published[] = {{1, Covariance::full, -379.914630},
                                 {2, Covariance::full, -214.354704},
                                 {3, Covariance::full, -180.185477},
                                 {2, Covariance::diagonal, -386.185347},
                                 {3, Covariance::diagonal, -307.177572}};
  for (const auto& row : published) {
    const MixtureFit fit = fit_mixture(golden().at("x"), {.components = row.components,
                                                          .covariance = row.covariance,
                                                          .restarts = 20,
                                                          .max_iterations = 1000,
                                                          .tolerance = 1e-10});
    EXPECT_NEAR(150 * fit.log_likelihood, row.log_likelihood, 1e-4) << row.components;
  }
}

TEST(FitMixture, ReachesThePublishedLikelihoodsOfOldFaithful) {
  const Tensor& x = golden().at("faithful");
  const auto fit = [&](int64_t components) {
    return fit_mixture(x, {.components = components, .restarts = 20, .max_iterations = 1000, .tolerance = 1e-10});
  };
  EXPECT_NEAR(272 * fit(1).log_likelihood, -1289.796745, 1e-4);
  const MixtureFit two = fit(2);  // agrees with mclust's VVV
  EXPECT_NEAR(272 * two.log_likelihood, -1130.263960, 1e-4);
  const auto [weights, order] = two.mixture.weights().sort();
  EXPECT_LT(largest_difference(weights, at::tensor({0.355873, 0.644127}, at::kDouble)), 1e-5);
  const Tensor means = at::tensor({2.03639, 54.47852, 4.28966, 79.96812}, at::kDouble).reshape({2, 2});
  EXPECT_LT(largest_difference(two.mixture.means().index_select(0, order), means), 1e-4);
  EXPECT_GE(272 * fit(3).log_likelihood, -1119.213971 - 1e-4);  // published as a local optimum
}

TEST(FitMixture, NeverLosesLikelihood) {
  Rng rng = make_rng(3, "test");
  const Tensor x = example(Covariance::full).sample(2000, rng);
  const Tensor few = at::cat({x.slice(0, 0, 40), x.slice(0, 0, 40)});  // with twelve components the floor is at work
  for (const Tensor& rows : {x, few})
    for (const auto& [name, kind] : kKinds) {
      const MixtureFit fit = fit_mixture(
          rows, {.components = 12, .covariance = kind, .max_iterations = 100, .tolerance = 0, .floor = 1e-3});
      for (size_t i = 1; i < fit.history.size(); ++i)
        EXPECT_GE(fit.history[i], fit.history[i - 1] - 1e-12) << name << " at iteration " << i;
      EXPECT_GE(fit.log_likelihood, fit.history.back() - 1e-12);
    }
}

TEST(FitMixture, KeepsVariancesAboveTheFloor) {
  const Tensor x = at::eye(2, at::kDouble).repeat({50, 1}) + 5;  // two points: each component collapses onto one
  for (const auto& [name, kind] : kKinds) {
    const MixtureFit fit = fit_mixture(x, {.components = 2, .covariance = kind, .restarts = 3, .floor = 1e-4});
    const double floor = 1e-4 * 0.25;
    const Tensor variances =
        kind == Covariance::full ? at::linalg_eigvalsh(fit.mixture.covariances()) : fit.mixture.covariances();
    EXPECT_LT(largest_difference(variances, at::full_like(variances, floor)), 1e-12) << name;
  }
}

TEST(FitMixture, InManyDimensionsFitsMeansAndCovariancesToo) {
  Rng rng = make_rng(7, "test");
  const Tensor root = randn({30, 30}, rng, at::kCPU, at::kDouble) / 5 + at::eye(30, at::kDouble);
  const Tensor x = at::mm(randn({3000, 30}, rng, at::kCPU, at::kDouble), root) + 3;
  const MixtureFit one = fit_mixture(x, {.components = 1});
  EXPECT_LT(largest_difference(one.mixture.means()[0], x.mean(0)), 1e-12);
  EXPECT_LT(largest_difference(one.mixture.covariances()[0], at::cov(x.t(), /*correction=*/0)), 1e-12);
  EXPECT_LT(largest_difference(one.mixture.log_prob(x), direct_log_prob(one.mixture, x)), 1e-9);
  const MixtureFit two = fit_mixture(x, {.components = 2, .max_iterations = 20, .tolerance = 0});
  for (size_t i = 1; i < two.history.size(); ++i) EXPECT_GE(two.history[i], two.history[i - 1] - 1e-12);
  EXPECT_LT(largest_difference(two.mixture.log_prob(x), direct_log_prob(two.mixture, x)), 1e-9);
  EXPECT_NEAR(two.log_likelihood, two.mixture.mean_log_likelihood(x), 1e-12);
}

TEST(FitMixture, FindsEveryModeOfAGrid) {
  Rng rng = make_rng(4, "test");
  const Tensor axis = at::arange(-4, 5, 2, at::kDouble), centres = at::cartesian_prod({axis, axis});
  const Tensor x = centres.index_select(0, at::randint(25, {16000}, rng, at::kLong)) +
                   0.05 * randn({16000, 2}, rng, at::kCPU, at::kDouble);
  const MixtureFit fit = fit_mixture(x.to(at::kFloat), {.components = 25, .restarts = 5});
  EXPECT_TRUE(fit.converged);
  EXPECT_LT(at::cdist(centres, fit.mixture.means()).amin(1).max().item<double>(), 0.02);
  // The entropy of the density is log 25 + log(2 pi e 0.05^2); a mean of 16,000 has a standard error of 0.008.
  EXPECT_NEAR(fit.log_likelihood, -std::log(25 * 2 * M_PI * M_E * 0.0025), 0.05);
}

TEST(FitMixture, StartsFromAMixture) {
  Rng rng = make_rng(5, "test");
  for (const auto& [name, kind] : kKinds) {
    const GaussianMixture truth = example(kind);
    const Tensor x = truth.sample(5000, rng);
    const MixtureFit fit = fit_mixture_from(x, truth, {.tolerance = 1e-8});
    EXPECT_EQ(fit.mixture.kind(), kind);
    EXPECT_GT(fit.log_likelihood, truth.mean_log_likelihood(x)) << name;
    EXPECT_LT(largest_difference(fit.mixture.means(), truth.means()), 0.3) << name;
  }
}

TEST(FitMixture, GivesTheSameFromTheSameSeed) {
  Rng rng = make_rng(6, "test");
  const Tensor x = example(Covariance::full).sample(1000, rng);
  const MixtureOptions options{.components = 5, .restarts = 2, .seed = 3};
  EXPECT_TRUE(at::equal(fit_mixture(x, options).mixture.means(), fit_mixture(x, options).mixture.means()));
}

TEST(FitMixture, CopesWithConstantColumnsAndFewDifferentPoints) {
  const Tensor x = at::tensor({1.0, 2.0, 2.0, 1.0}, at::kDouble).reshape({4, 1}).repeat({10, 1});
  const Tensor constant = at::cat({x, at::full({40, 1}, 7.0, at::kDouble)}, 1);
  for (const auto& [name, kind] : kKinds)
    for (const Tensor& rows : {constant, at::full({40, 2}, 7.0, at::kDouble)})
      EXPECT_TRUE(std::isfinite(fit_mixture(rows, {.components = 4, .covariance = kind}).log_likelihood)) << name;
}

TEST(FitMixture, RefusesWhatItCannotFit) {
  EXPECT_THROW(fit_mixture(at::zeros({3, 2}), {.components = 4}), Error);
  EXPECT_THROW(fit_mixture(at::full({3, 2}, NAN), {.components = 1}), Error);
  EXPECT_THROW(fit_mixture(at::zeros({3}), {.components = 1}), Error);
  EXPECT_THROW(fit_mixture(at::zeros({3, 2}), {.components = 0}), Error);
  EXPECT_THROW(fit_mixture(at::zeros({3, 2}), {.components = 1, .floor = 0}), Error);
}

}  // namespace saddle
