// Tests of every game of the table.
#include "saddle/objectives/objective.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "tests/golden/objectives.h"

namespace saddle {
namespace {

Tensor logits(const std::vector<double>& values) { return at::tensor(values, at::kDouble); }

using Loss = Tensor (*)(const Tensor& real_logits, const Tensor& fake_logits);

/// The gradient by real and fake logits in one vector; losses that ignore some logits have zeros there.
Tensor gradient(Loss loss, const Tensor& real, const Tensor& fake, bool create_graph = false) {
  const Tensor all = at::cat({real, fake}).requires_grad_();
  const Tensor result = loss(all.narrow(0, 0, real.size(0)), all.narrow(0, real.size(0), fake.size(0)));
  return torch::autograd::grad({result}, {all}, {}, create_graph, create_graph)[0];
}

Tensor finite_differences(Loss loss, const Tensor& real, const Tensor& fake) {
  const Tensor all = at::cat({real, fake});
  Tensor result = at::zeros_like(all);
  const double step = 1e-5;
  for (int64_t i = 0; i < all.size(0); ++i) {
    const auto at_offset = [&](double offset) {
      Tensor moved = all.clone();
      moved[i] += offset;
      return loss(moved.narrow(0, 0, real.size(0)), moved.narrow(0, real.size(0), fake.size(0))).item<double>();
    };
    result[i] = (at_offset(step) - at_offset(-step)) / (2 * step);
  }
  return result;
}

}  // namespace

TEST(EveryObjective, HasGoldenValues) {
  ASSERT_EQ(objectives().size(), golden::kGames.size());
  const Tensor real = logits(golden::kRealLogits), fake = logits(golden::kFakeLogits);
  for (const auto& game : golden::kGames) {
    const Objective& objective = find_objective(game.name);
    EXPECT_NEAR(objective.discriminator_loss(real, fake).item<double>(), game.discriminator_loss, 1e-14) << game.name;
    EXPECT_NEAR(objective.generator_loss(real, fake).item<double>(), game.generator_loss, 1e-14) << game.name;
    EXPECT_TRUE(at::allclose(gradient(objective.discriminator_loss, real, fake), logits(game.discriminator_gradient),
                             1e-13, 1e-16))
        << game.name;
    EXPECT_TRUE(
        at::allclose(gradient(objective.generator_loss, real, fake), logits(game.generator_gradient), 1e-13, 1e-16))
        << game.name;
  }
}

TEST(EveryObjective, HasTheGradientOfItsLoss) {
  const Tensor real = logits({-2, 0.3, 1.7}), fake = logits({-1.1, 0.4});
  for (const auto& objective : objectives())
    for (const Loss loss : {objective.discriminator_loss, objective.generator_loss})
      EXPECT_TRUE(at::allclose(gradient(loss, real, fake), finite_differences(loss, real, fake), 1e-8, 1e-9))
          << objective.name;
}

TEST(EveryObjective, CanBeDifferentiatedTwice) {
  const Tensor real = logits({-2, 0.3, 1.7}), fake = logits({-1.1, 0.4});
  for (const auto& objective : objectives()) {
    for (const Loss loss : {objective.discriminator_loss, objective.generator_loss}) {
      const Tensor all = at::cat({real, fake}).requires_grad_();
      const Tensor first =
          torch::autograd::grad({loss(all.narrow(0, 0, 3), all.narrow(0, 3, 2))}, {all}, {}, true, true)[0];
      const Tensor second = torch::autograd::grad({first[4]}, {all})[0];
      const double step = 1e-5;
      const Tensor up = fake + logits({0, step}), down = fake - logits({0, step});
      const double expected =
          ((gradient(loss, real, up)[4] - gradient(loss, real, down)[4]) / (2 * step)).item<double>();
      EXPECT_NEAR(second[4].item<double>(), expected, 1e-9) << objective.name;
    }
  }
}

TEST(EveryObjective, IsFiniteAtEnormousLogits) {
  for (const auto type : {at::kFloat, at::kDouble}) {
    const Tensor x = at::tensor({-1e4, 0.0, 1e4}, type);
    for (const auto& objective : objectives()) {
      for (const Loss loss : {objective.discriminator_loss, objective.generator_loss}) {
        EXPECT_TRUE(loss(x, x).isfinite().item<bool>()) << objective.name;
        EXPECT_TRUE(gradient(loss, x, x).isfinite().all().item<bool>()) << objective.name;
      }
    }
  }
}

TEST(EveryObjective, PushesDUpOnRealAndDownOnFakeAndGsFakesUp) {
  const Tensor real = logits({-1, 0, 1}), fake = logits({-1, 0, 1});
  for (const auto& objective : objectives()) {
    const Tensor d = gradient(objective.discriminator_loss, real, fake);
    EXPECT_TRUE((d.narrow(0, 0, 3) < 0).all().item<bool>()) << objective.name;
    EXPECT_TRUE((d.narrow(0, 3, 3) > 0).all().item<bool>()) << objective.name;
    EXPECT_TRUE((gradient(objective.generator_loss, real, fake).narrow(0, 3, 3) < 0).all().item<bool>())
        << objective.name;
  }
}

TEST(Minimax, IsTheNegativeOfTheValueAndGSeesItsFakePart) {
  const Objective& minimax = find_objective("minimax");
  const Tensor real = logits({-2, 0.3, 1.7}), fake = logits({-1.1, 0.4});
  EXPECT_EQ(minimax.discriminator_loss(real, fake).item<double>(), -value(real, fake).item<double>());
  const Tensor fake_part = at::log(1 - at::sigmoid(fake)).mean();
  EXPECT_NEAR(minimax.generator_loss(real, fake).item<double>(), fake_part.item<double>(), 1e-15);
}

TEST(Minimax, SaturatesWhereDIsSureAndNonSaturatingDoesNot) {
  const Tensor none = logits({0}), sure_fake = logits({-20});
  const double minimax = gradient(find_objective("minimax").generator_loss, none, sure_fake)[1].item<double>();
  const double other = gradient(find_objective("non_saturating").generator_loss, none, sure_fake)[1].item<double>();
  EXPECT_NEAR(minimax, -std::exp(-20.0), 1e-16);
  EXPECT_NEAR(other, -1, 1e-8);
}

TEST(Value, IsMinusTwoLogTwoWhereDCannotTell) {
  EXPECT_NEAR(value(at::zeros({5}), at::zeros({7})).item<double>(), -2 * std::log(2.0), 1e-7);
}

TEST(FindObjective, NamesTheNearestRow) {
  try {
    find_objective("non-saturating");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "objective: unknown objective 'non-saturating' (did you mean 'non_saturating'? known: minimax, "
                 "non_saturating)");
  }
}

}  // namespace saddle
