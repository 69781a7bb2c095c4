// Tests of every game of the table.
#include "saddle/objectives/objective.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/divergences/f_divergence.h"
#include "saddle/objectives/names.h"
#include "tests/golden/objectives.h"

namespace saddle {
namespace {

Tensor logits(const std::vector<double>& values) { return at::tensor(values, at::kDouble); }

/// Three real and three fake logits where no game has a kink.
Tensor some_real() { return logits({-2.1, 0.3, 1.7}); }
Tensor some_fake() { return logits({-1.1, 0.4, 2.5}); }

/// The loss of logits in one vector, real ones first.
Tensor loss_of(const LogitLoss& loss, const Tensor& all) {
  const int64_t half = all.size(0) / 2;
  return loss(all.narrow(0, 0, half), all.narrow(0, half, half));
}

/// The gradient by real and fake logits in one vector; losses that ignore some logits have zeros there.
Tensor gradient(const LogitLoss& loss, const Tensor& real, const Tensor& fake, bool create_graph = false) {
  const Tensor all = at::cat({real, fake}).requires_grad_();
  const Tensor result = loss_of(loss, all);
  return torch::autograd::grad({result}, {all}, {}, create_graph, create_graph, /*allow_unused=*/false)[0];
}

/// Central differences of a function of all logits, one row a logit.
Tensor differences(const std::function<Tensor(const Tensor&)>& f, const Tensor& all) {
  constexpr double kStep = 1e-5;
  std::vector<Tensor> rows;
  for (int64_t i = 0; i < all.size(0); ++i) {
    const Tensor step = at::zeros_like(all);
    step[i] = kStep;
    rows.push_back((f(all + step) - f(all - step)) / (2 * kStep));
  }
  return at::stack(rows);
}

class Objectives : public testing::TestWithParam<Objective> {
 protected:
  std::vector<LogitLoss> losses() const { return {GetParam().discriminator_loss, GetParam().generator_loss}; }
};

INSTANTIATE_TEST_SUITE_P(Table, Objectives, testing::ValuesIn(objectives()),
                         [](const auto& test) { return test.param.name; });

const golden::Game& golden_row(const std::string& name) {
  for (const auto& game : golden::kGames)
    if (name == game.name) return game;
  throw Error("no golden values of " + name);
}

TEST_P(Objectives, HasGoldenValues) {
  const golden::Game& game = golden_row(GetParam().name);
  const Tensor real = logits(golden::kRealLogits), fake = logits(golden::kFakeLogits);
  const auto close = [](double a, double b) { return std::abs(a - b) <= 1e-13 * std::max(1.0, std::abs(b)); };
  EXPECT_TRUE(close(GetParam().discriminator_loss(real, fake).item<double>(), game.discriminator_loss));
  EXPECT_TRUE(close(GetParam().generator_loss(real, fake).item<double>(), game.generator_loss));
  EXPECT_TRUE(at::allclose(gradient(GetParam().discriminator_loss, real, fake), logits(game.discriminator_gradient),
                           1e-12, 1e-15));
  EXPECT_TRUE(
      at::allclose(gradient(GetParam().generator_loss, real, fake), logits(game.generator_gradient), 1e-12, 1e-15));
}

TEST_P(Objectives, HasTheGradientOfItsLoss) {
  const Tensor all = at::cat({some_real(), some_fake()});
  for (const auto& loss : losses())
    EXPECT_TRUE(at::allclose(gradient(loss, some_real(), some_fake()),
                             differences([&](const Tensor& x) { return loss_of(loss, x); }, all), 1e-8, 1e-9));
}

TEST_P(Objectives, CanBeDifferentiatedTwice) {
  const Tensor all = at::cat({some_real(), some_fake()});
  for (const auto& loss : losses()) {
    const Tensor x = all.clone().requires_grad_();
    const Tensor first = torch::autograd::grad({loss_of(loss, x)}, {x}, {}, true, true)[0];
    const Tensor expected =
        differences([&](const Tensor& at) { return gradient(loss, at.narrow(0, 0, 3), at.narrow(0, 3, 3)); }, all);
    if (!first.requires_grad()) {  // a loss that is linear in the logits
      EXPECT_EQ(expected.abs().max().item<double>(), 0);
      continue;
    }
    for (int64_t i = 0; i < 6; ++i) {
      Tensor row = torch::autograd::grad({first[i]}, {x}, {}, true, false, /*allow_unused=*/true)[0];
      if (!row.defined()) row = at::zeros_like(all);
      EXPECT_TRUE(at::allclose(row, expected.select(1, i), 1e-7, 1e-9)) << "logit " << i;
    }
  }
}

TEST_P(Objectives, IsFiniteAtEnormousLogits) {
  for (const auto type : {at::kFloat, at::kDouble}) {
    const Tensor x = at::tensor({-1e4, -100.0, 0.0, 100.0, 1e4}, type);
    for (const auto& [real, fake] : {std::pair(x, x), std::pair(x, -x)}) {
      for (const auto& loss : losses()) {
        EXPECT_TRUE(loss(real, fake).isfinite().item<bool>());
        EXPECT_TRUE(gradient(loss, real, fake).isfinite().all().item<bool>());
      }
    }
  }
}

TEST_P(Objectives, PushesDUpOnRealAndDownOnFakeAndGsFakesUp) {
  const Tensor x = logits({0.2, 0.5, 0.8});  // between the labels of least squares
  const Tensor d = gradient(GetParam().discriminator_loss, x, x);
  EXPECT_TRUE((d.narrow(0, 0, 3) < 0).all().item<bool>());
  EXPECT_TRUE((d.narrow(0, 3, 3) > 0).all().item<bool>());
  EXPECT_TRUE((gradient(GetParam().generator_loss, x, x).narrow(0, 3, 3) < 0).all().item<bool>());
}

TEST_P(Objectives, NeedsRealLogitsForGOnlyWhereItSaysSo) {
  const Tensor fake = some_fake().requires_grad_();
  const Tensor pulls = gradient(GetParam().generator_loss, some_real(), fake.detach()).narrow(0, 0, 3);
  EXPECT_EQ(GetParam().generator_needs_real, (pulls != 0).any().item<bool>());
  if (!GetParam().generator_needs_real) {
    EXPECT_TRUE(GetParam().generator_loss({}, fake).isfinite().item<bool>());
  }
}

/// D's loss over the discrete P = (p_i) and Q = (q_i) as a function of the logit at each point.
double loss_at(const Objective& objective, const Tensor& p, const Tensor& q, const Tensor& points) {
  double total = 0;
  const Tensor zero = logits({0});
  const double at_zero = objective.discriminator_loss(zero, zero).item<double>();
  for (int64_t i = 0; i < p.size(0); ++i) {
    const Tensor v = points[i].unsqueeze(0);
    total += p[i].item<double>() * (objective.discriminator_loss(v, zero).item<double>() - at_zero);
    total += q[i].item<double>() * (objective.discriminator_loss(zero, v).item<double>() - at_zero);
  }
  return total;
}

TEST_P(Objectives, HasLogOddsAsTheBestLogitsWhereItSaysSo) {
  if (GetParam().generator_needs_real) {
    EXPECT_FALSE(GetParam().logits_are_log_odds);  // its D compares pairs; a constant may be added to all its logits
    return;
  }
  const Tensor p = logits({0.5, 0.3, 0.2}), q = logits({0.2, 0.2, 0.6});
  const Tensor log_odds = (p / q).log();
  const double there = loss_at(GetParam(), p, q, log_odds);
  bool lowest = true;
  for (const double step : {-1e-3, 1e-3})
    for (int64_t i = 0; i < 3; ++i) {
      Tensor moved = log_odds.clone();
      moved[i] += step;
      lowest = lowest && loss_at(GetParam(), p, q, moved) > there;
    }
  EXPECT_EQ(GetParam().logits_are_log_odds, lowest);
}

TEST(ObjectiveNames, AreThoseOfTheTable) {
  const auto& table = objectives();
  ASSERT_EQ(kObjectiveNames.size(), table.size());
  for (size_t i = 0; i < table.size(); ++i) EXPECT_EQ(kObjectiveNames[i], table[i].name);
}

TEST(FGan, MinimisesTheDivergenceWhereDIsAtItsOptimum) {
  // Two points with p = (0.7, 0.3) and q = (0.4, 0.6); the best output at each solves g(v) = f'(p/q), by bisection.
  const double p[] = {0.7, 0.3}, q[] = {0.4, 0.6};
  for (const auto& divergence : f_divergences()) {
    if (std::string(divergence.name) == "total_variation") continue;  // attained only at infinite outputs
    const Objective& objective = find_objective(std::string("fgan_") + divergence.name);
    double loss = 0, expected = 0;
    const Tensor zero = logits({0});
    const double at_zero = objective.discriminator_loss(zero, zero).item<double>();
    for (int i = 0; i < 2; ++i) {
      const Tensor ratio = logits({p[i] / q[i]});
      double low = -50, high = 50;
      while (high - low > 1e-12) {
        const double middle = (low + high) / 2;
        (divergence.activation(logits({middle})) < divergence.derivative(ratio)).item<bool>() ? low = middle
                                                                                              : high = middle;
      }
      const Tensor v = logits({low});
      loss += p[i] * (objective.discriminator_loss(v, zero).item<double>() - at_zero) +
              q[i] * (objective.discriminator_loss(zero, v).item<double>() - at_zero);
      expected -= q[i] * divergence.f(ratio).item<double>();
    }
    EXPECT_NEAR(loss + at_zero, expected, 1e-9) << divergence.name;
  }
}

TEST(FGan, OfJensenShannonIsMinimaxUpToAConstant) {
  const double log_4 = 2 * std::log(2.0);
  const Objective &minimax = find_objective("minimax"), &js = find_objective("fgan_js"),
                  &gan = find_objective("fgan_gan");
  const auto d_loss = [](const Objective& o) { return o.discriminator_loss(some_real(), some_fake()).item<double>(); };
  const auto g_loss = [](const Objective& o) { return o.generator_loss({}, some_fake()).item<double>(); };
  EXPECT_NEAR(d_loss(gan), d_loss(minimax), 1e-14);
  EXPECT_NEAR(d_loss(js), d_loss(minimax) - log_4, 1e-14);
  EXPECT_NEAR(g_loss(gan), g_loss(minimax), 1e-14);
  EXPECT_NEAR(g_loss(js), g_loss(minimax) + log_4 / 2, 1e-14);
}

TEST(Minimax, IsTheNegativeOfTheValueAndGSeesItsFakePart) {
  const Objective& minimax = find_objective("minimax");
  EXPECT_EQ(minimax.discriminator_loss(some_real(), some_fake()).item<double>(),
            -value(some_real(), some_fake()).item<double>());
  const Tensor fake_part = at::log(1 - at::sigmoid(some_fake())).mean();
  EXPECT_NEAR(minimax.generator_loss({}, some_fake()).item<double>(), fake_part.item<double>(), 1e-15);
}

TEST(Minimax, SaturatesWhereDIsSureAndNonSaturatingDoesNot) {
  const Tensor none = logits({0}), sure_fake = logits({-20});
  const double minimax = gradient(find_objective("minimax").generator_loss, none, sure_fake)[1].item<double>();
  const double other = gradient(find_objective("non_saturating").generator_loss, none, sure_fake)[1].item<double>();
  EXPECT_NEAR(minimax, -std::exp(-20.0), 1e-16);
  EXPECT_NEAR(other, -1, 1e-8);
}

// P = N(0, 1), G(z) = z + theta, and D at its best, whose logit is log p/q = theta^2/2 - theta x: d/dtheta of G's
// losses with D held, which are those of 2 JSD and of KL(Q||P) - 2 JSD (Arjovsky and Bottou 2017).
TEST(MinimaxAndNonSaturating, HaveTheGradientsOfTheTableAtTheBestD) {
  struct Row {
    double theta, minimax, non_saturating;
  };
  const Tensor z = at::linspace(-12, 12, 4801, at::kDouble);
  const Tensor weight = (-z.square() / 2).exp() / std::sqrt(2 * M_PI) * 0.005;
  for (const Row& row :
       {Row{0.25, 0.123076628, 0.126923372}, Row{0.5, 0.235263506, 0.264736494}, Row{1, 0.397972867, 0.602027133},
        Row{2, 0.449599509, 1.550400491}, Row{4, 0.137194818, 3.862805182}, Row{8, 0.000392875, 7.999607125}}) {
    const Tensor logit = row.theta * row.theta / 2 - row.theta * (z + row.theta);
    const auto slope = [&](const char* name) {
      const Tensor by_logit = gradient(find_objective(name).generator_loss, logit, logit).narrow(0, 4801, 4801) * 4801;
      return -row.theta * (weight * by_logit).sum().item<double>();
    };
    EXPECT_NEAR(slope("minimax"), row.minimax, 1e-9);
    EXPECT_NEAR(slope("non_saturating"), row.non_saturating, 1e-9);
  }
}

TEST(LeastSquares, HasThePosteriorAsTheBestOutput) {
  // p = 0.3 and q = 0.1 at one point: the minimum over v of 0.3 (v - 1)^2 / 2 + 0.1 v^2 / 2 is at p/(p + q) = 0.75.
  const Tensor v = logits({0.75}).requires_grad_();
  const auto& loss = find_objective("least_squares").discriminator_loss;
  const Tensor zero = logits({0});
  (0.3 * loss(v, zero) + 0.1 * loss(zero, v)).sum().backward();
  const Tensor at_other = logits({0.7}).requires_grad_();
  (0.3 * loss(at_other, zero) + 0.1 * loss(zero, at_other)).sum().backward();
  EXPECT_NEAR(v.grad().item<double>(), 0, 1e-15);
  EXPECT_LT(at_other.grad().item<double>(), -0.01);
}

TEST(Relativistic, IgnoresAConstantInAllLogitsAndRefusesUnequalCounts) {
  const auto& game = find_objective("relativistic");
  for (const auto& loss : {game.discriminator_loss, game.generator_loss})
    EXPECT_NEAR(loss(some_real() + 5, some_fake() + 5).item<double>(), loss(some_real(), some_fake()).item<double>(),
                1e-14);
  EXPECT_THROW(game.discriminator_loss(logits({1, 2}), logits({1})), Error);
}

TEST(Value, IsMinusTwoLogTwoWhereDCannotTell) {
  EXPECT_NEAR(value(at::zeros({5}), at::zeros({7})).item<double>(), -2 * std::log(2.0), 1e-7);
}

TEST(FindObjective, NamesTheNearestRowAndTheKnownOnes) {
  try {
    find_objective("non-saturating");
    FAIL();
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_EQ(text.find("objective: unknown objective 'non-saturating' (did you mean 'non_saturating'? known: minimax, "
                        "non_saturating, "),
              0U)
        << text;
  }
}

}  // namespace
}  // namespace saddle
