// Tests of training under every game and every regulariser of the tables.
#include <gtest/gtest.h>

#include "saddle/objectives/regularizer.h"
#include "saddle/training/game_value.h"
#include "tests/support/toy_game.h"

namespace saddle {
namespace {

using test::ToyGame;

/// Ten steps, and the same with a checkpoint in the middle.
void expect_exact_resume(const std::string& objective, const std::string& regularizer) {
  ToyGame whole_game, early_game, late_game;
  for (ToyGame* game : {&whole_game, &early_game, &late_game}) {
    game->options.objective = objective;
    game->options.regularizer = regularizer;
  }
  auto whole = whole_game.trainer(), early = early_game.trainer(), late = late_game.trainer();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(whole->step()) << whole->failure();
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(early->step());
  late->restore(early->checkpoint());
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(late->step());
  const Checkpoint a = whole->checkpoint(), b = late->checkpoint();
  ASSERT_EQ(a.tensors.size(), b.tensors.size());
  for (const auto& [name, tensor] : a.tensors)  // "last" holds NaN before the first evaluation
    EXPECT_TRUE(at::equal(tensor.nan_to_num(), b.tensors.at(name).nan_to_num())) << name;
}

/// The weights of D after ten steps.
TensorMap discriminator_after_ten(const std::string& regularizer) {
  ToyGame game;
  game.options.regularizer = regularizer;
  auto trainer = game.trainer();
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(trainer->step());
  TensorMap weights;
  for (const auto& [name, tensor] : trainer->checkpoint().tensors)
    if (name.rfind("discriminator.", 0) == 0) weights[name] = tensor;
  return weights;
}

class Games : public testing::TestWithParam<Objective> {};

INSTANTIATE_TEST_SUITE_P(Table, Games, testing::ValuesIn(objectives()),
                         [](const auto& test) { return test.param.name; });

TEST_P(Games, ResumedInTheMiddleEndsBitForBitWhereAnUninterruptedRunEnds) {
  expect_exact_resume(GetParam().name, "none");
}

TEST_P(Games, HaveTheirValueAtEqualityFromTheBestConstantD) {
  double best = -INFINITY;
  for (const Tensor& v : at::linspace(-3, 3, 601, at::kDouble).unbind())
    best = std::max(best, -GetParam().discriminator_loss(v.view(1), v.view(1)).item<double>());
  EXPECT_NEAR(value_at_equality(GetParam()), best, 1e-12);
}

class RegularizedGames : public testing::TestWithParam<Regularizer> {};

INSTANTIATE_TEST_SUITE_P(Table, RegularizedGames, testing::ValuesIn(regularizers()),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_P(RegularizedGames, ResumedInTheMiddleEndsBitForBitWhereAnUninterruptedRunEnds) {
  const bool penalty = GetParam().penalty != nullptr;  // which then falls on both sides of the checkpoint
  expect_exact_resume("non_saturating", std::string(GetParam().name) + (penalty ? "/3" : ""));
}

TEST_P(RegularizedGames, TrainAnotherD) {
  const TensorMap plain = discriminator_after_ten("none"), other = discriminator_after_ten(GetParam().name);
  EXPECT_FALSE(at::equal(plain.at("discriminator.linear1.weight"), other.at("discriminator.linear1.weight")));
}

TEST(Regularizers, ActTogether) { expect_exact_resume("relativistic", "r1=1/2,r2=1,spectral_norm,dragan"); }

TEST(WeightClipping, HoldsInTraining) {
  for (const auto& [name, weight] : discriminator_after_ten("weight_clipping=0.02"))
    if (name.find("linear") != std::string::npos) {
      EXPECT_LE(weight.abs().max().item<double>(), 0.02 + 1e-9) << name;
    }
}

TEST(SpectralNormInTraining, FollowsTheWeightsInTraining) {
  const TensorMap weights = discriminator_after_ten("spectral_norm");
  for (const char* name : {"discriminator.linear0.weight", "discriminator.linear1.weight"}) {
    const Tensor w = weights.at(name).to(at::kDouble);
    const double sigma = std::get<1>(at::linalg_svd(w))[0].item<double>();
    const double estimate =
        at::mv(w.t(), weights.at(std::string(name) + ".singular").to(at::kDouble)).norm().item<double>();
    EXPECT_NEAR(estimate / sigma, 1, 0.02) << name;
  }
}

}  // namespace
}  // namespace saddle
