// The suite over the table of f-divergences.
#include "saddle/divergences/f_divergence.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"

namespace saddle {
namespace {

const double kLog2 = std::log(2.0);

class FDivergences : public testing::TestWithParam<FDivergence> {};

INSTANTIATE_TEST_SUITE_P(Table, FDivergences, testing::ValuesIn(f_divergences()),
                         [](const auto& test) { return std::string(test.param.name); });

/// Ratios from 1e-3 to 1e3, and none at 1, where total variation has its kink.
Tensor ratios() { return at::linspace(-6.9, 6.9, 40, at::kDouble).exp(); }

Tensor outputs() { return at::linspace(-6, 6, 121, at::kDouble); }

/// N(0, 1) against N(1/2, 1.1^2) on a grid whose trapezoidal sums are exact to 1e-9.
struct Grid {
  Tensor x = at::linspace(-16, 16, 400001, at::kDouble);
  Tensor log_p = -x.square() / 2 - 0.5 * std::log(2 * M_PI);
  Tensor log_q = -((x - 0.5) / 1.1).square() / 2 - std::log(1.1) - 0.5 * std::log(2 * M_PI);
  double step = 32.0 / 400000;

  double p_mean(const Tensor& values) const { return (log_p.exp() * values).sum().item<double>() * step; }
  double q_mean(const Tensor& values) const { return (log_q.exp() * values).sum().item<double>() * step; }
};

const Grid& grid() {
  static const Grid grid;
  return grid;
}

void expect_close(const Tensor& a, const Tensor& b, double tolerance) {
  EXPECT_TRUE(at::allclose(a, b, tolerance, tolerance)) << (a - b).abs().max().item<double>();
}

TEST_P(FDivergences, ReportsZeroAtPEqualsQAndHasItsThresholdThere) {
  const FDivergence& row = GetParam();
  const Tensor one = at::ones({1}, at::kDouble);
  EXPECT_NEAR(row.scale * row.f(one).item<double>() + row.offset, 0, 1e-15);
  EXPECT_NEAR(row.derivative(one).item<double>(), row.threshold, 1e-15);
}

TEST_P(FDivergences, HasTheDerivativeOfFiniteDifferences) {
  const FDivergence& row = GetParam();
  const Tensor u = ratios(), step = 1e-5 * u;
  expect_close(row.derivative(u), (row.f(u + step) - row.f(u - step)) / (2 * step), 1e-6);
}

TEST_P(FDivergences, HasFAsTheConjugateOfItsConjugate) {
  const FDivergence& row = GetParam();
  const Tensor u = ratios(), t = row.derivative(u);
  // The supremum over t of u t - f*(t) is attained at t = f'(u) ...
  expect_close(u * t - row.conjugate(t), row.f(u), 1e-9);
  // ... and nowhere exceeded; which says of f* too that it is nowhere below u t - f(u).
  const Tensor others = at::linspace(-8, 8, 801, at::kDouble);
  const Tensor excess = u.unsqueeze(1) * others - row.conjugate(others) - row.f(u).unsqueeze(1);
  EXPECT_LE(excess.max().item<double>(), 1e-9);
}

TEST_P(FDivergences, ActivatesIncreasinglyIntoTheDomainOfItsConjugate) {
  const FDivergence& row = GetParam();
  const Tensor g = row.activation(outputs());
  EXPECT_TRUE((g.diff() > 0).all().item<bool>());
  EXPECT_TRUE(row.conjugate(g).isfinite().all().item<bool>());
  expect_close(row.conjugate_of_activation(outputs()), row.conjugate(g), 1e-9);
}

TEST_P(FDivergences, DecidesForPWhereTheActivationExceedsTheThreshold) {
  const FDivergence& row = GetParam();
  const Tensor u = ratios();
  EXPECT_TRUE(at::equal(row.derivative(u) > row.threshold, u > 1));
  // v = 0 is the threshold for every row but KL's, where it is v = 1.
  const Tensor v = at::tensor({std::string(row.name) == "kl" ? 1.0 : 0.0}, at::kDouble);
  EXPECT_NEAR(row.activation(v).item<double>(), row.threshold, 1e-15);
}

TEST_P(FDivergences, IsFiniteForEnormousOutputsAndStillABound) {
  const FDivergence& row = GetParam();
  for (const auto type : {at::kFloat, at::kDouble}) {
    const Tensor v = at::tensor({-1e4, -800.0, 0.0, 800.0, 1e4}, type);
    EXPECT_TRUE(row.activation(v).isfinite().all().item<bool>());
    EXPECT_TRUE(row.conjugate_of_activation(v).isfinite().all().item<bool>());
  }
  // u g - f*(g) <= f(u) for any g in the domain of f*, also where g no longer follows its formula
  const Tensor v = at::tensor({-1e4, -800.0, -50.0, 50.0, 800.0, 1e4}, at::kDouble), u = ratios().unsqueeze(1);
  const Tensor excess = u * row.activation(v) - row.conjugate_of_activation(v) - row.f(u);
  EXPECT_LE(excess.max().item<double>(), 1e-9);
}

TEST_P(FDivergences, HasTheGradientOfFiniteDifferences) {
  const FDivergence& row = GetParam();
  const Tensor v = at::linspace(-3.1, 2.9, 13, at::kDouble).set_requires_grad(true);  // not at Pearson's t = -2
  (row.activation(v) + row.conjugate_of_activation(v)).sum().backward();
  const auto total = [&](const Tensor& at) { return row.activation(at) + row.conjugate_of_activation(at); };
  const Tensor x = v.detach();
  expect_close(v.grad(), (total(x + 1e-5) - total(x - 1e-5)) / 2e-5, 1e-7);
}

TEST_P(FDivergences, HasAGameWhoseValueAtTheOptimumIsTheDivergence) {
  const FDivergence& row = GetParam();
  const Tensor ratio = (grid().log_p - grid().log_q).exp(), best = row.derivative(ratio);
  const double divergence = grid().q_mean(row.f(ratio));
  EXPECT_NEAR(grid().p_mean(best) - grid().q_mean(row.conjugate(best)), divergence, 1e-7);
  // Other discriminators stay below.
  for (const double slope : {-1.0, 0.0, 0.5}) {
    const Tensor v = slope * grid().x;
    EXPECT_LE(grid().p_mean(row.activation(v)) - grid().q_mean(row.conjugate_of_activation(v)), divergence);
  }
}

TEST_P(FDivergences, StaysInItsRange) {
  const FDivergence& row = GetParam();
  const Tensor ratio = (grid().log_p - grid().log_q).exp();
  const double reported = row.scale * grid().q_mean(row.f(ratio)) + row.offset;
  EXPECT_GT(reported, 0);
  EXPECT_LT(reported, row.highest);
  if (std::isinf(row.highest)) return;
  // Disjoint supports give f(0) + lim f(u)/u, the highest value.
  const double disjoint = row.f(at::full({1}, 1e-300, at::kDouble)).item<double>() +
                          row.f(at::full({1}, 1e14, at::kDouble)).item<double>() / 1e14;
  EXPECT_NEAR(row.scale * disjoint + row.offset, row.highest, 1e-6);
}

TEST(FDivergenceTable, HasTheKnownValuesOfTwoNormals) {
  const std::map<std::string, double> expected = {
      {"kl", 0.11183911},          {"reverse_kl", 0.13468982}, {"pearson_chi2", 0.21088108},
      {"neyman_chi2", 0.40355273}, {"jeffrey", 0.24652893},    {"squared_hellinger", 0.06017248},
      {"js", 0.05889678},          {"gan", -1.32739758},       {"total_variation", 0.19178116}};
  const Tensor ratio = (grid().log_p - grid().log_q).exp();
  ASSERT_EQ(expected.size(), f_divergences().size());
  for (const auto& row : f_divergences())
    EXPECT_NEAR(grid().q_mean(row.f(ratio)), expected.at(row.name), 1e-8) << row.name;
}

TEST(FDivergenceTable, HoldsTheGameOfGansWhichIsMinusLog4WherePEqualsQ) {
  const FDivergence& game = find_f_divergence("gan");
  EXPECT_NEAR(game.f(at::ones({1}, at::kDouble)).item<double>(), -2 * kLog2, 1e-15);
  const Tensor undecided = at::zeros({4}, at::kDouble);
  EXPECT_NEAR(f_value(game, undecided, undecided).item<double>(), -2 * kLog2, 1e-15);
}

TEST(FDivergenceTable, NamesTheNearestOfAnUnknownName) {
  EXPECT_STREQ(find_f_divergence("js").name, "js");
  try {
    find_f_divergence("reverse-kl");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("'reverse_kl'"), std::string::npos) << error.what();
  }
}

TEST(FDivergenceTable, HasAConjugateOfJeffreyWithSecondDerivatives) {
  const FDivergence& row = find_f_divergence("jeffrey");
  const Tensor t = at::tensor({-3.0, 0.0, 1.5}, at::kDouble).set_requires_grad(true);
  const Tensor first = torch::autograd::grad({row.conjugate(t).sum()}, {t}, {}, true, true)[0];
  const Tensor second = torch::autograd::grad({first.sum()}, {t})[0];
  const Tensor x = t.detach();
  const auto value = [&](double step) { return row.conjugate(x + step); };
  expect_close(second, (value(1e-4) - 2 * value(0) + value(-1e-4)) / 1e-8, 1e-6);
}

}  // namespace
}  // namespace saddle
