// The push-forward: zero where P_G = P_data, known divergences, folds and atoms.
#include "saddle/lab/pushforward.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/distributions/mixture.h"
#include "saddle/distributions/normal.h"
#include "saddle/distributions/toys.h"
#include "saddle/distributions/univariate.h"
#include "saddle/divergences/exact.h"

namespace saddle {
namespace {

const double kLog2 = std::log(2.0);

Tensor doubles(const std::vector<double>& values) { return at::tensor(values, at::kDouble); }

std::shared_ptr<const Distribution> normal(double loc, double scale) { return std::make_shared<Normal>(loc, scale); }

/// Three normal distributions on the line, one of them narrow.
struct Comb {
  std::vector<double> weights = {0.3, 0.5, 0.2}, centres = {-3, 0.5, 2}, scales = {0.5, 1, 0.05};

  std::shared_ptr<const Distribution> density() const {
    std::vector<std::shared_ptr<const Distribution>> parts;
    for (size_t i = 0; i < 3; ++i) parts.push_back(normal(centres[i], scales[i]));
    return std::make_shared<Mixture>(weights, parts);
  }
};

/// F^-1(Phi(z)) for a mixture of normal distributions, by bisection on logs of the nearer tail.
Tensor transport(const Tensor& z, const std::vector<double>& weights, const std::vector<double>& centres,
                 const std::vector<double>& scales) {
  const auto tail = [](const Tensor& x) { return at::erfc(x.abs() / std::sqrt(2.0)) / 2; };  // beyond |x|
  Tensor low = at::full_like(z, -60), high = at::full_like(z, 60);
  for (int i = 0; i < 80; ++i) {
    const Tensor x = (low + high) / 2;
    Tensor below = at::zeros_like(z), above = at::zeros_like(z);
    for (size_t k = 0; k < weights.size(); ++k) {
      const Tensor u = (x - centres[k]) / scales[k];
      below += weights[k] * at::where(u < 0, tail(u), 1 - tail(u));
      above += weights[k] * at::where(u > 0, tail(u), 1 - tail(u));
    }
    const Tensor left = at::where(z < 0, below<tail(z), above> tail(z));  // x is below its place
    low = at::where(left, x, low);
    high = at::where(left, high, x);
  }
  return (low + high) / 2;
}

GeneratorFunction linear(const std::vector<double>& matrix, const std::vector<double>& shift) {
  const auto d = static_cast<int64_t>(shift.size());
  const Tensor m = doubles(matrix).view({d, d}), b = doubles(shift);
  return [m, b](const Tensor& z) { return z.matmul(m.t()) + b; };
}

std::shared_ptr<const Distribution> plane_normal(const std::vector<double>& matrix, const std::vector<double>& shift) {
  const Tensor m = doubles(matrix).view({2, 2});
  return std::make_shared<MultivariateNormal>(doubles(shift), m.matmul(m.t()));
}

Comparison compare_with(const std::shared_ptr<const Distribution>& p, const GeneratorFunction& generator) {
  return compare(make_target(p), generator);
}

TEST(PushforwardOnTheLine, ReadsZeroForALinearGeneratorOfANormal) {
  const Comparison c = compare_with(normal(2, 0.3), linear({-0.3}, {2}));
  EXPECT_LE(c.js, 1e-9);
  EXPECT_LE(c.error, 1e-9);
  EXPECT_EQ(c.singular_mass, 0);
}

TEST(PushforwardOnTheLine, ReadsZeroForTheTransportToAMixture) {
  const Comb comb;
  const GeneratorFunction g = [&](const Tensor& z) { return transport(z, comb.weights, comb.centres, comb.scales); };
  const Comparison c = compare_with(comb.density(), g);
  EXPECT_LE(c.js, 1e-6);
  EXPECT_LE(c.error, 1e-6);
  EXPECT_EQ(c.singular_mass, 0);
}

TEST(PushforwardOnTheLine, ReadsTheDivergencesOfShiftedNormals) {  // references: JSD(N(0,1), N(shift,1))
  for (const auto& [shift, js] : {std::pair{0.5, 0.030311}, {1.0, 0.111421}, {2.0, 0.336831}})
    EXPECT_NEAR(compare_with(normal(0, 1), linear({1}, {shift})).js, js, 6e-7);
}

TEST(PushforwardOnTheLine, AgreesWithQuadratureForATransportToAnotherMixture) {
  const Comb comb;
  const GeneratorFunction g = [&](const Tensor& z) { return transport(z, comb.weights, comb.centres, comb.scales); };
  for (const auto& p : {normal(0, 2), std::shared_ptr<const Distribution>(std::make_shared<Laplace>(0.5, 1)),
                        std::shared_ptr<const Distribution>(std::make_shared<Uniform>(-1, 2.5))})
    EXPECT_NEAR(compare_with(p, g).js, exact_divergences(*p, *comb.density()).js.value, 1e-5);
}

TEST(PushforwardOnTheLine, CountsAFlatPieceAsAnAtomAndAFoldTwice) {
  // |z| has twice P's density above 0 and none below: E_P log 2p/(p + q) = (log 2/3 + log 2)/2, E_Q log 2q/(p + q) =
  // log 4/3.
  const double folded = ((std::log(2.0 / 3) + kLog2) / 2 + std::log(4.0 / 3)) / 2;
  const GeneratorFunction fold = [](const Tensor& z) { return z.abs(); };
  EXPECT_NEAR(compare_with(normal(0, 1), fold).js, folded, 1e-7);

  // relu(z - 1/2): an atom of mass Phi(1/2), which is all lost to P.
  const GeneratorFunction relu = [](const Tensor& z) { return (z - 0.5).relu(); };
  const Comparison flat = compare_with(normal(0, 1), relu);
  EXPECT_NEAR(flat.singular_mass, 0.5 * std::erfc(-0.5 / std::sqrt(2.0)), 1e-7);
  EXPECT_GE(flat.js, flat.singular_mass * kLog2 / 2);
}

TEST(PushforwardOnTheLine, ReadsLog2WhereTheGeneratorIsOnePoint) {
  const GeneratorFunction point = [](const Tensor& z) { return at::full_like(z, 0.3); };
  const Comparison result = compare_with(normal(0, 1), point);
  EXPECT_NEAR(result.js, kLog2, 1e-9);
  EXPECT_NEAR(result.singular_mass, 1, 1e-9);
}

TEST(PushforwardOnTheLine, SidesHaveWeightsThatSumToOne) {
  const Target target = make_target(normal(0, 1));
  const Comparison c = compare(target, [](const Tensor& z) { return (z - 0.5).relu() * 2; });
  EXPECT_NEAR(c.data_weights.sum().item<double>(), 1, 1e-12);
  EXPECT_NEAR(c.generated_weights.sum().item<double>(), 1, 1e-12);
  // E_G x of 2 relu(z - 1/2), in closed form
  const double mean = 2 * (std::exp(-0.125) / std::sqrt(2 * M_PI) - 0.5 * 0.5 * std::erfc(0.5 / std::sqrt(2.0)));
  EXPECT_NEAR((c.generated_weights * c.points.squeeze(1)).sum().item<double>(), mean, 1e-6);
}

TEST(PushforwardInThePlane, ReadsZeroForALinearGeneratorOfANormal) {
  const std::vector<double> matrix = {1.2, -0.4, 0.3, 0.05}, shift = {2, -1};
  const Comparison c = compare_with(plane_normal(matrix, shift), linear(matrix, shift));
  EXPECT_LE(c.js, 1e-6);
  EXPECT_LE(c.error, 1e-6);
  EXPECT_EQ(c.singular_mass, 0);
}

TEST(PushforwardInThePlane, AgreesWithTheExactDivergencesOfNormals) {
  const auto p = plane_normal({1, 0, 0, 1}, {0, 0});
  for (const auto& [matrix, shift] : {std::pair<std::vector<double>, std::vector<double>>{{1, 0, 0, 1}, {1, 0}},
                                      {{0.5, 0.2, -0.2, 1.5}, {0.3, -0.5}},
                                      {{0.01, 0, 0, 2}, {0, 0}}}) {
    const Comparison result = compare_with(p, linear(matrix, shift));
    EXPECT_NEAR(result.js, exact_divergences(*p, *plane_normal(matrix, shift)).js.value, 6e-4);
  }
}

TEST(PushforwardInThePlane, ReadsZeroForTheTransportToAGrid) {  // G jumps: the hardest case
  // modes 40 standard deviations apart: F^-1 is a mode and a place in it, up to 1e-80
  const auto axis = [](const Tensor& z) {
    const Tensor u = 5 * at::special_ndtr(z), mode = u.floor().clamp(0, 4);
    return 2 * (mode - 2) + 0.05 * at::special_ndtri((u - mode).clamp(1e-16, 1 - 1e-16));
  };
  const Comparison result = compare_with(make_distribution(Grid{}), axis);
  EXPECT_LE(result.js, 1.5e-3);
  EXPECT_LE(result.error, 2e-3);
  EXPECT_LE(result.js, result.error + 1e-4);
}

TEST(PushforwardInThePlane, CountsALineAsSingular) {
  const auto p = plane_normal({1, 0, 0, 1}, {0, 0});
  const Comparison line = compare_with(p, linear({1, 1, 1, 1}, {0, 0}));
  EXPECT_NEAR(line.singular_mass, 1, 1e-12);
  EXPECT_NEAR(line.js, kLog2, 1e-9);
  const GeneratorFunction half = [](const Tensor& z) {
    return at::cat({z.narrow(1, 0, 1).relu(), z.narrow(1, 1, 1)}, 1);
  };
  EXPECT_NEAR(compare_with(p, half).singular_mass, 0.5, 1e-3);
}

/// A linear generator that ends in noise. Shapes: noise [d].
GeneratorFunction noisy(const std::vector<double>& matrix, const std::vector<double>& shift,
                        const std::vector<double>& noise) {
  GeneratorFunction g = linear(matrix, shift);
  g.noise = doubles(noise);
  return g;
}

TEST(NoiseAtTheOutput, AddsItsVariance) {
  const Comparison line = compare_with(normal(2, 0.5), noisy({0.4}, {2}, {0.3}));
  EXPECT_LE(line.js, 1e-5);
  EXPECT_EQ(line.singular_mass, 0);
  const std::vector<double> map = {0.4, 0.2, 0, 0.3};
  const Tensor m = doubles(map).view({2, 2}), noise = doubles({0.1, 0.25});
  const auto p = std::make_shared<MultivariateNormal>(doubles({1, -1}), m.matmul(m.t()) + noise.square().diag());
  const Comparison plane = compare_with(p, noisy(map, {1, -1}, {0.1, 0.25}));
  EXPECT_LE(plane.js, 1e-4);
  EXPECT_LE(plane.error, 1e-3);
}

TEST(NoiseAtTheOutput, GivesAPointAndALineADensity) {
  EXPECT_LE(compare_with(normal(3, 0.2), noisy({0}, {3}, {0.2})).js, 1e-5);
  const Comparison point =
      compare_with(plane_normal({0.2, 0, 0, 0.2}, {3, 1}), noisy({0, 0, 0, 0}, {3, 1}, {0.2, 0.2}));
  EXPECT_LE(point.js, 1e-4);
  const Comparison sheet =
      compare_with(plane_normal({1, 0, 0, 0.2}, {0, 0}), noisy({std::sqrt(0.96), 0, 0, 0}, {0, 0}, {0.2, 0.2}));
  EXPECT_LE(sheet.js, 1e-4);
  EXPECT_EQ(sheet.singular_mass, 0);
}

TEST(NoiseAtTheOutput, ReadsTheDivergencesOfShiftedNormals) {  // references: JSD(N(0,1), N(shift,1))
  for (const auto& [shift, js] : {std::pair{0.5, 0.030311}, {1.0, 0.111421}, {2.0, 0.336831}})
    EXPECT_NEAR(compare_with(normal(0, 1), noisy({0.8}, {shift}, {0.6})).js, js, 5e-5);
  const auto p = plane_normal({1, 0, 0, 1}, {0, 0});
  EXPECT_NEAR(compare_with(p, noisy({0.8, 0, 0, 0.8}, {2, 0}, {0.6, 0.6})).js, 0.336831, 1e-3);
}

TEST(NoiseAtTheOutput, ThatIsTinyChangesNothing) {
  const auto p = plane_normal({1, 0, 0, 1}, {0, 0});
  const double without = compare_with(p, linear({0.7, 0.1, 0, 1}, {1, 0})).js;
  const Comparison with = compare_with(p, noisy({0.7, 0.1, 0, 1}, {1, 0}, {1e-7, 1e-7}));
  EXPECT_NEAR(with.js, without, 1e-3);
  EXPECT_LE(with.error, 3e-3);
}

TEST(NoiseAtTheOutput, TakesAnyNumberOfLatentsByDraws) {
  GeneratorFunction g = [](const Tensor& z) { return z.slice(1, 0, 2) * 0.6 + z.slice(1, 2, 4) * std::sqrt(0.28); };
  g.noise = doubles({0.6, 0.6});
  g.latents = 4;
  const Comparison c = compare_with(plane_normal({1, 0, 0, 1}, {0, 0}), g);
  EXPECT_LE(c.js, 1e-3);
  EXPECT_LE(c.error, 1e-3);
}

TEST(NoiseAtTheOutput, OfANetworkIsReadFromIt) {
  NetworkOptions options{.family = "mlp",
                         .shape = {2},
                         .latent_dim = 4,
                         .generator_width = 16,
                         .layers = 2,
                         .output_noise = 0.1,
                         .loc = {},
                         .scale = doubles({2, 3})};
  const auto generator = make_generator(options, 5);
  const GeneratorFunction g = generator_function(*generator, options);
  EXPECT_EQ(g.latents, 2);
  EXPECT_TRUE(at::allclose(g.noise, doubles({0.2, 0.3}), 1e-6));
  Rng rng = make_rng(1, "z");
  const Tensor z = randn({5, 4}, rng);
  const Tensor expected = g(z.slice(1, 0, 2).to(at::kDouble)) + g.noise * z.slice(1, 2);
  EXPECT_TRUE(at::allclose(generator->forward(z).to(at::kDouble), expected, 1e-4, 1e-5));
}

TEST(GeneratorFunctionOfANetwork, IsItsForwardPassInDouble) {
  const NetworkOptions options{
      .family = "mlp", .shape = {2}, .latent_dim = 2, .generator_width = 32, .layers = 2, .loc = {}, .scale = {}};
  const auto generator = make_generator(options, 3);
  const GeneratorFunction g = generator_function(*generator, options);
  Rng rng = make_rng(0, "latents");
  const Tensor z = randn({100, 2}, rng);
  const Tensor x = g(z.to(at::kDouble));
  EXPECT_EQ(x.scalar_type(), at::kDouble);
  EXPECT_LE((x - generator->forward(z)).abs().max().item<double>(), 1e-5);
}

TEST(GeneratorFunctionOfANetwork, RefusesOtherLatentDimensions) {
  const NetworkOptions options{
      .family = "mlp", .shape = {2}, .latent_dim = 3, .generator_width = 8, .layers = 1, .loc = {}, .scale = {}};
  EXPECT_THROW(generator_function(*make_generator(options, 0), options), Error);
}

TEST(MakeTarget, RefusesThreeDimensions) {
  EXPECT_THROW(make_target(std::make_shared<MultivariateNormal>(at::zeros({3}), at::eye(3))), Error);
}

}  // namespace
}  // namespace saddle
