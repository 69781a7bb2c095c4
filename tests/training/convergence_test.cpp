// Tests of D's convergence test, and of the two conditions of the article's algorithm, in games with known answers.
#include "saddle/training/convergence.h"

#include <gtest/gtest.h>

#include "saddle/training/game_value.h"
#include "tests/support/normal_game.h"
#include "tests/support/toy_game.h"

namespace saddle {
namespace {

using test::NormalGame;
using test::ToyGame;

/// Block values of a D whose V rises by `gains` from look to look, with paired noise.
std::vector<Convergence> verdicts(const std::vector<double>& gains, double noise, uint64_t seed) {
  Rng rng = make_rng(seed, "looks");
  ConvergenceTest test(0.002, 0.95);
  Tensor values = -1.3 + 0.1 * randn({64}, rng, at::kCPU, at::kDouble);
  std::vector<Convergence> says = {test.take(values)};
  for (const double gain : gains) {
    values = values + gain + noise * randn({64}, rng, at::kCPU, at::kDouble);
    says.push_back(test.take(values));
  }
  return says;
}

TEST(ConvergenceTest, SaysWhatTheGainsAre) {
  using C = Convergence;
  EXPECT_EQ(verdicts({0.1, 0.01, 0.0}, 1e-4, 1), (std::vector<C>{C::rising, C::rising, C::rising, C::converged}));
  EXPECT_EQ(verdicts({0.1, -0.05}, 1e-4, 1), (std::vector<C>{C::rising, C::rising, C::fell}));
  EXPECT_EQ(verdicts({0.0}, 1.0, 1).back(), C::rising);  // the noise hides a gain of 0.002
}

// A D that gains exactly the tolerance at every look is called converged, over ten looks, in at most 5 % of games: of
// 400, at most 33 (one chance in five hundred).
TEST(ConvergenceTest, SeldomEndsADThatStillGains) {
  int early = 0;
  for (uint64_t seed = 0; seed < 400; ++seed)
    for (const Convergence says : verdicts(std::vector<double>(10, 0.002), 0.01, seed))
      if (says == Convergence::converged) {
        ++early;
        break;
      }
  EXPECT_LE(early, 33);
}

TEST(GameValues, AverageToTheValueOfTheGame) {
  Rng rng = make_rng(3, "logits");
  const Tensor real = randn({640}, rng), fake = randn({640}, rng);
  const double direct = value(real.to(at::kDouble), fake.to(at::kDouble)).item<double>();
  EXPECT_NEAR(mean_of(game_values(find_objective("minimax"), real, fake)).estimate, direct, 1e-12);
  EXPECT_NEAR(value_at_equality(find_objective("minimax")), -2 * std::log(2.0), 1e-15);
}

/// The last value (or upper end) of that name.
double recorded(const NormalGame& game, const std::string& name, bool upper = false) {
  for (auto r = game.sink.records.rbegin(); r != game.sink.records.rend(); ++r)
    if (r->name == name) return upper ? r->upper : r->value;
  return std::numeric_limits<double>::quiet_NaN();
}

// The measured V has the standard error of 4,096 rows, and D a regret of a few thousandths: within three of them all
// but at most one of 24 steps.
TEST(Faithful, BringsDToItsMaximumBeforeEveryStepOfG) {
  NormalGame game(1);
  game.options.generator_rate = 0.05;
  const auto trainer = game.trainer(2, 1);
  int near = 0, smaller = 0;
  constexpr int kSteps = 24;
  for (int i = 0; i < kSteps; ++i) {
    const double before = game.exact_js();
    ASSERT_TRUE(trainer->step());
    const double v = recorded(game, "staleness/value_before");
    const double error = (recorded(game, "staleness/value_before", true) - v) / 1.96;
    near += std::abs(v - (2 * before - 2 * std::log(2.0))) <= std::max(0.01, 3 * error);
    smaller += game.exact_js() < before;
  }
  EXPECT_GE(near, kSteps - 1);
  EXPECT_GE(smaller, kSteps - 1);
}

// The first-order prediction of the change of V, from the same latents, is off by a second-order term: half the step,
// half the relative error; and steps as short as the preset's are predicted to 10 %.
TEST(Staleness, IsPredictedByTheGradientTheBetterTheShorterTheStep) {
  double error[2];
  for (const int halved : {0, 1}) {
    NormalGame game(2);
    game.options.generator_step = "fixed";
    game.options.generator_rate = halved != 0 ? 0.05 : 0.1;
    const auto trainer = game.trainer(2, 1);
    ASSERT_TRUE(trainer->step());  // the same D and G before the step: only its length differs
    const double change = recorded(game, "staleness/change");
    error[halved] = std::abs(recorded(game, "staleness/predicted_change") / change - 1);
  }
  EXPECT_NEAR(error[1] / error[0], 0.5, 0.1);

  NormalGame game(3);
  game.options.generator_rate /= 10;
  const auto trainer = game.trainer(2, 1);
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(trainer->step());
    const double predicted = recorded(game, "staleness/predicted_change"), change = recorded(game, "staleness/change");
    const double error_of_change = (recorded(game, "staleness/change", true) - change) / 1.96;
    if (std::abs(predicted) > 5 * error_of_change) {
      EXPECT_NEAR(predicted / change, 1, 0.1);
    }
  }
}

// D's loss is flat where it is sure, so that a step which throws Q past P is seen only once it is there.
TEST(Trusted, ShortensStepsThatWouldMakeDStale) {
  NormalGame game(4);
  game.options.generator_rate = 1;
  game.options.critic_steps = 20;  // fixed: the trust region does not need a converged D
  const auto trainer = game.trainer(2, 1);
  double largest = 0;
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(trainer->step());
    largest = std::max(largest, recorded(game, "staleness/ratio"));
  }
  EXPECT_LT(largest, 0.5);  // on other rows than those that the step was cut by
  EXPECT_GT(recorded(game, "generator/shortened_share"), 0.1);
  EXPECT_LT(game.exact_js(), 0.1);
}

/// How far one trusted step at a rate of 1 moves samples, under noise of 0.01: root mean square.
double moved_by_one_step(double trust_move) {
  ToyGame game;
  game.options.objective = "minimax";
  game.options.generator_step = "trusted";
  game.options.generator_rate = 1;
  game.options.discriminator_rate = 1e-6;  // D says nothing yet, nor does V
  game.options.trust = 100;
  game.options.trust_move = trust_move;
  game.options.noise = game.options.noise_end = 0.01;
  Game parts = game.game();
  Network& generator = *parts.generator;
  Trainer trainer(std::move(parts), game.options, at::kCPU);
  Rng rng = make_rng(1, "latents");
  const Tensor z = randn({2000, 2}, rng), before = generator.forward(z).detach();
  EXPECT_TRUE(trainer.step());
  return (generator.forward(z).detach() - before).square().mean().sqrt().item<double>();
}

TEST(Trusted, MovesSamplesByAtMostTheWidthOfTheirNoiseWhereVIsSilent) {
  EXPECT_LT(moved_by_one_step(1), 0.013);  // on other latents than those that the step was cut by
  EXPECT_GT(moved_by_one_step(0), 0.1);
}

/// G's noise, from 0.05, and how far its other weights went in three steps at a rate of 0.1.
std::pair<double, double> moved_beside_noise(const char* generator_step) {
  ToyGame game;
  game.options.latent_dim = 4;
  game.options.generator_step = generator_step;
  game.options.generator_rate = 0.1;
  game.options.trust_move = 0.1;
  game.options.output_noise = 0.05;
  game.options.output_entropy = 10;
  game.options.noise = game.options.noise_end = 0;
  Game parts = game.game();
  const Network& generator = *parts.generator;
  Trainer trainer(std::move(parts), game.options, at::kCPU);
  const Tensor before = generator.parameters()[0].second.detach().clone();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(trainer.step());
  return {generator.log_output_noise().exp().mean().item<double>(),
          (generator.parameters()[0].second - before).abs().max().item<double>()};
}

TEST(Trusted, CutsNoStepOfGsOwnNoise) {
  const auto [fixed_noise, fixed_way] = moved_beside_noise("fixed");
  const auto [trusted_noise, trusted_way] = moved_beside_noise("trusted");
  EXPECT_LT(trusted_way, 0.5 * fixed_way);
  EXPECT_NEAR(trusted_noise, fixed_noise, 0.02 * fixed_noise);
  EXPECT_GT(trusted_noise, 0.06);
}

/// G's noise after some steps, from 0.05. The data are two blobs.
double noise_after(double entropy, double noise) {
  ToyGame game;
  game.options.latent_dim = 4;
  game.options.output_noise = 0.05;
  game.options.output_entropy = entropy;
  game.options.noise = game.options.noise_end = noise;
  game.options.beta1 = 0;
  Game parts = game.game();
  const Network& generator = *parts.generator;
  Trainer trainer(std::move(parts), game.options, at::kCPU);
  for (int i = 0; i < 30; ++i) EXPECT_TRUE(trainer.step());
  return generator.log_output_noise().exp().mean().item<double>();
}

TEST(NoiseOfG, IsHeldWhileTheNoiseOnWhatDSeesHidesIt) {
  EXPECT_FLOAT_EQ(static_cast<float>(noise_after(1, 0.2)), 0.05F);
  EXPECT_NE(static_cast<float>(noise_after(0, 0)), 0.05F);
}

TEST(NoiseOfG, GrowsByItsEntropy) {
  EXPECT_GT(noise_after(1, 0), 0.051);
  EXPECT_GT(noise_after(1, 0), noise_after(0, 0));
}

}  // namespace
}  // namespace saddle
