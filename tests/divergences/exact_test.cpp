// Tests of exact divergences against known cases, closed forms and each other.
#include "saddle/divergences/exact.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/distributions/mixture.h"
#include "saddle/distributions/normal.h"
#include "saddle/distributions/toys.h"
#include "saddle/distributions/univariate.h"
#include "tests/support/cases.h"

namespace saddle {
namespace {

using Density = std::shared_ptr<const Distribution>;

const double kLog2 = std::log(2.0);

template <typename T>
Density make(const auto&... parameters) {
  return std::make_shared<T>(parameters...);
}

Density mixture(std::vector<double> weights, std::vector<Density> components) {
  return std::make_shared<Mixture>(std::move(weights), std::move(components));
}

/// Knows no landmarks, so that divergences from it are sampled.
class Unmarked final : public Distribution {
 public:
  explicit Unmarked(Density inner) : inner_(std::move(inner)) {}
  int64_t dim() const override { return inner_->dim(); }
  Tensor sample(int64_t n, Rng& rng) const override { return inner_->sample(n, rng); }
  Tensor log_prob(const Tensor& x) const override { return inner_->log_prob(x); }

 private:
  Density inner_;
};

class PublicCases : public testing::TestWithParam<size_t> {};

INSTANTIATE_TEST_SUITE_P(All, PublicCases, testing::Range<size_t>(0, all_cases().size()),
                         [](const auto& test) { return all_cases()[test.param].name; });

TEST_P(PublicCases, HaveTheirKnownDivergences) {
  const Case& pair = all_cases()[GetParam()];
  const ExactDivergences found = exact_divergences(*pair.p, *pair.q);
  const auto infinite = pair.values.at("infinite").get<std::vector<std::string>>();
  for (const auto& [name, value] : std::map<std::string, ExactValue>{{"kl", found.kl},
                                                                     {"rkl", found.reverse_kl},
                                                                     {"jsd", found.js},
                                                                     {"tv", found.total_variation},
                                                                     {"hellinger2", found.squared_hellinger},
                                                                     {"chi2", found.pearson_chi2},
                                                                     {"w1", found.wasserstein1},
                                                                     {"w2", found.wasserstein2}}) {
    const auto& expected = pair.values.at(name);
    if (std::find(infinite.begin(), infinite.end(), name) != infinite.end()) {
      EXPECT_TRUE(std::isinf(value.value)) << name;
    } else if (!expected.is_null()) {
      const double tolerance = pair.p->dim() == 2 && std::string(name) == "tv" ? 1e-7 : 1e-8;  // its kink is a curve
      EXPECT_NEAR(value.value, expected.get<double>(), tolerance * std::max(expected.get<double>(), 1.0)) << name;
    }
    EXPECT_EQ(value.standard_error, 0) << name;
  }
  if (pair.values.contains("log_chi2")) {  // above 1e308
    EXPECT_TRUE(std::isinf(found.pearson_chi2.value));
  }
}

TEST_P(PublicCases, AreTheirOwnMirrorImages) {
  const Case& pair = all_cases()[GetParam()];
  if (pair.p->dim() > 1 && pair.name != "mvn2_corr") return;  // the same code, and seconds
  const ExactDivergences a = exact_divergences(*pair.p, *pair.q), b = exact_divergences(*pair.q, *pair.p);
  EXPECT_NEAR(a.js.value, b.js.value, 1e-9);
  EXPECT_NEAR(a.total_variation.value, b.total_variation.value, 1e-9);
  EXPECT_NEAR(a.squared_hellinger.value, b.squared_hellinger.value, 1e-9);
  for (const auto& [forward, backward] : {std::pair{a.kl, b.reverse_kl}, {b.kl, a.reverse_kl}}) {
    if (std::isinf(forward.value)) continue;
    EXPECT_NEAR(forward.value, backward.value, 1e-8 * forward.value + 1e-12);
  }
}

TEST(Exact, KnowsCauchyDistributions) {
  const auto cauchy = [](double loc, double scale) { return make<StudentT>(1.0, loc, scale); };
  const ExactDivergences shifted = exact_divergences(*cauchy(0, 1), *cauchy(3, 1));
  EXPECT_NEAR(shifted.kl.value, std::log1p(9.0 / 4), 1e-9);  // Chyzak and Nielsen 2019
  EXPECT_NEAR(shifted.wasserstein1.value, 3, 1e-6);
  EXPECT_NEAR(shifted.wasserstein2.value, 3, 1e-6);
  const ExactDivergences scaled = exact_divergences(*cauchy(0, 1), *cauchy(0, 2));
  EXPECT_NEAR(scaled.kl.value, std::log(9.0 / 8), 1e-9);
  EXPECT_TRUE(std::isinf(scaled.wasserstein1.value));
  EXPECT_TRUE(std::isinf(scaled.wasserstein2.value));
  const ExactDivergences light = exact_divergences(*cauchy(0, 1), *make<Normal>(0.0, 1.0));
  EXPECT_TRUE(std::isinf(light.kl.value));
  EXPECT_TRUE(std::isinf(light.pearson_chi2.value));
  EXPECT_TRUE(std::isfinite(light.reverse_kl.value));
}

TEST(Exact, KnowsWhichMomentsOfTheTStandBetweenFiniteAndInfinite) {
  const Density normal = make<Normal>(0.0, 1.0);
  EXPECT_TRUE(std::isinf(exact_divergences(*make<StudentT>(2.0, 0.0, 1.0), *normal).kl.value));
  const ExactDivergences heavy = exact_divergences(*make<StudentT>(2.2, 0.0, 1.0), *normal);
  // KL = -entropy + log(2 pi)/2 + E x^2 / 2, with E x^2 = df / (df - 2) = 11
  const double expected = -*make<StudentT>(2.2, 0.0, 1.0)->entropy() + std::log(2 * M_PI) / 2 + 5.5;
  EXPECT_NEAR(heavy.kl.value, expected, 1e-6);
  EXPECT_TRUE(std::isfinite(heavy.wasserstein2.value));
  EXPECT_TRUE(std::isinf(exact_divergences(*make<StudentT>(1.9, 0.0, 1.0), *normal).wasserstein2.value));
}

TEST(Exact, KnowsShiftedLaplaceDistributions) {
  const ExactDivergences found = exact_divergences(*make<Laplace>(0.0, 1.0), *make<Laplace>(1.5, 1.0));
  EXPECT_NEAR(found.kl.value, std::exp(-1.5) + 0.5, 1e-9);
  EXPECT_NEAR(found.total_variation.value, 1 - std::exp(-0.75), 1e-9);
  EXPECT_NEAR(found.wasserstein1.value, 1.5, 1e-8);
  EXPECT_NEAR(found.wasserstein2.value, 1.5, 1e-8);
}

TEST(Exact, MovesMassOverGaps) {
  const Density p = mixture({0.5, 0.5}, {make<Uniform>(0.0, 1.0), make<Uniform>(10.0, 11.0)});
  const Density q = mixture({0.25, 0.75}, {make<Uniform>(0.0, 1.0), make<Uniform>(10.0, 11.0)});
  const ExactDivergences found = exact_divergences(*p, *q);
  EXPECT_NEAR(found.kl.value, 0.5 * std::log(2.0) + 0.5 * std::log(2.0 / 3), 1e-9);
  EXPECT_NEAR(found.total_variation.value, 0.25, 1e-9);
  // F - G is x/4 on [0, 1], 1/4 up to 10, and (11 - x)/4 after it
  EXPECT_NEAR(found.wasserstein1.value, 0.125 + 9.0 / 4 + 0.125, 1e-8);
}

TEST(Exact, FindsNarrowTeethInABroadDensity) {
  std::vector<double> weights;
  std::vector<Density> teeth;
  for (int i = 0; i < 40; ++i) {
    weights.push_back(1.0 / 40);
    teeth.push_back(make<Normal>(1000.0 * i, 1e-3));
  }
  const Density comb = mixture(weights, teeth);
  weights.assign(20, 1.0 / 20);
  teeth.resize(20);
  const ExactDivergences found = exact_divergences(*comb, *mixture(weights, teeth));
  EXPECT_NEAR(found.js.value, 0.2157615543, 1e-9);  // that of 4 modes of 8 missing
  EXPECT_NEAR(found.reverse_kl.value, kLog2, 1e-9);
  EXPECT_NEAR(found.wasserstein1.value, 10000, 1e-3);  // each half tooth by 1000 more, up to 20,000
}

TEST(Exact, ResolvesAlmostSingularNormals) {
  const Tensor origin = at::zeros({2}, at::kDouble);
  const auto correlated = [&](double rho) {
    return make<MultivariateNormal>(origin, at::tensor({1.0, rho, rho, 1.0}, at::kDouble).view({2, 2}));
  };
  const ExactDivergences closed = exact_divergences(*correlated(0.999), *correlated(-0.5));
  const Density one = correlated(0.999), other = correlated(-0.5);
  // mixtures of twice the same component take the general path
  const ExactDivergences general =
      exact_divergences(*mixture({0.5, 0.5}, {one, one}), *mixture({0.5, 0.5}, {other, other}));
  EXPECT_EQ(closed.kl.method, ExactMethod::closed_form);
  EXPECT_EQ(general.kl.method, ExactMethod::quadrature);
  EXPECT_NEAR(closed.kl.value, general.kl.value, 1e-8);
  EXPECT_NEAR(closed.reverse_kl.value, general.reverse_kl.value, 1e-6);
  EXPECT_NEAR(closed.js.value, general.js.value, 1e-8);
  EXPECT_NEAR(closed.total_variation.value, general.total_variation.value, 1e-5);
}

// Spherical normals in five dimensions reduce to their lengths, a shift in three coordinates to one; a difference in
// three variances does not reduce. Six comparisons at 4 standard errors: fails once in 2,500 seeds.
TEST(Exact, ReducesNormalsToTheDimensionsInWhichTheyDiffer) {
  const Tensor origin = at::zeros({5}, at::kDouble), identity = at::eye(5, at::kDouble);
  const Density base = make<MultivariateNormal>(origin, identity);
  const Tensor shift = at::tensor({0.5, 0.5, 0.5, 0.0, 0.0}, at::kDouble);
  const Tensor uneven = at::tensor({2.0, 0.5, 1.5, 1.0, 1.0}, at::kDouble).diag();
  for (const Density& other : {make<MultivariateNormal>(origin, 2.25 * identity),
                               make<MultivariateNormal>(shift, identity), make<MultivariateNormal>(shift, uneven)}) {
    const ExactDivergences exact = exact_divergences(*base, *other);
    const ExactDivergences sampled = exact_divergences(Unmarked(base), *other, 50'000);
    EXPECT_EQ(sampled.js.method, ExactMethod::monte_carlo);
    for (const auto& [a, b] : {std::pair{exact.js, sampled.js},
                               {exact.total_variation, sampled.total_variation},
                               {exact.kl, sampled.kl},
                               {exact.squared_hellinger, sampled.squared_hellinger}})
      EXPECT_NEAR(a.value, b.value, 4 * std::hypot(a.standard_error, b.standard_error));
  }
  EXPECT_EQ(exact_divergences(*base, *make<MultivariateNormal>(origin, 2.25 * identity)).js.method,
            ExactMethod::quadrature);
  EXPECT_EQ(exact_divergences(*base, *make<MultivariateNormal>(shift, uneven), 1000).js.method,
            ExactMethod::monte_carlo);
}

// Four comparisons at 4 standard errors: fails once in 4,000 seeds.
TEST(Exact, AgreesWithSamplesOfDensitiesAlongArcs) {
  const Density spiral = make_distribution(Spiral{.turns = 0.5, .std = 0.3});
  const Density moons = make_distribution(Moons{.std = 0.3});
  const ExactDivergences exact = exact_divergences(*spiral, *moons);
  const ExactDivergences sampled = exact_divergences(Unmarked(spiral), *moons, 5'000);
  for (const auto& [a, b] : {std::pair{exact.js, sampled.js},
                             {exact.total_variation, sampled.total_variation},
                             {exact.reverse_kl, sampled.reverse_kl},
                             {exact.squared_hellinger, sampled.squared_hellinger}})
    EXPECT_NEAR(a.value, b.value, 4 * b.standard_error);
}

TEST(Exact, SaysNothingOfWhatItDoesNotKnow) {
  const ExactDivergences sampled = exact_divergences(Unmarked(make<Normal>(0.0, 1.0)), *make<Laplace>(0.0, 1.0), 100);
  EXPECT_TRUE(std::isnan(sampled.pearson_chi2.value));
  EXPECT_TRUE(std::isnan(sampled.wasserstein1.value));
  EXPECT_EQ(sampled.wasserstein1.method, ExactMethod::unknown);
}

TEST(Exact, RefusesDensitiesOfTwoDimensions) {
  EXPECT_THROW(exact_divergences(*make<Normal>(0.0, 1.0), *make_distribution(Ring{})), Error);
}

}  // namespace
}  // namespace saddle
