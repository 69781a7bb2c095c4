// Tests of the network that is trained along for the evaluation critic.
#include "saddle/training/independent_critic.h"

#include <gtest/gtest.h>

#include "saddle/base/rng.h"
#include "tests/support/toy_game.h"

namespace saddle {
namespace {

IndependentCritic small_critic() {
  NetworkOptions options;
  options.family = "mlp";
  options.shape = {1};
  options.discriminator_width = 16;
  options.layers = 2;
  return {options, 3, at::kCPU};
}

/// log 2 + V/2 on new rows of N(0, 1) and N(2, 1).
double jsd_seen(const IndependentCritic& independent_critic) {
  Rng rng = make_rng(8, "new rows");
  const Tensor p = independent_critic.logits(randn({4000, 1}, rng)),
               q = independent_critic.logits(randn({4000, 1}, rng) + 2);
  return std::log(2.0) + (at::log_sigmoid(p).mean() + at::log_sigmoid(-q).mean()).item<double>() / 2;
}

void train(IndependentCritic& independent_critic, Rng& rng, int steps) {
  for (int i = 0; i < steps; ++i) independent_critic.step(randn({64, 1}, rng), randn({64, 1}, rng) + 2);
}

TEST(IndependentCritic, SeesOnNewRowsMostOfWhatThereIs) {
  IndependentCritic independent_critic = small_critic();
  Rng rng = make_rng(1, "rows");
  EXPECT_LT(jsd_seen(independent_critic), 0.1);
  train(independent_critic, rng, 500);
  EXPECT_NEAR(jsd_seen(independent_critic), 0.337, 0.04);  // JSD(N(0, 1), N(2, 1)) = 0.3365; five standard errors
}

TEST(IndependentCritic, SeesWhatDiffersOnAScaleFarBelowTheDatas) {
  NetworkOptions options;
  options.family = "mlp";
  options.shape = {1};
  options.discriminator_width = 64;
  options.layers = 2;
  IndependentCritic independent_critic(options, 3, at::kCPU);
  Rng rng = make_rng(4, "rows");
  const auto comb = [&rng](int64_t n, double shift) {  // 16 teeth over four standard deviations, each side's between
    const Tensor tooth = at::floor(rand({n, 1}, rng) * 16);
    return ((tooth + 0.25 + shift + 0.25 * rand({n, 1}, rng)) / 4 - 2).to(at::kFloat);
  };
  for (int i = 0; i < 300; ++i) independent_critic.step(comb(128, 0), comb(128, 0.5), 3);
  const Tensor p = independent_critic.logits(comb(2000, 0)), q = independent_critic.logits(comb(2000, 0.5));
  EXPECT_GT((p > 0).to(at::kDouble).mean().item<double>(), 0.95);
  EXPECT_LT((q > 0).to(at::kDouble).mean().item<double>(), 0.05);
}

TEST(IndependentCritic, GoesOnExactlyAndPassesOverWhatIsNotFinite) {
  IndependentCritic whole = small_critic(), half = small_critic(), resumed = small_critic();
  Rng a = make_rng(2, "rows"), b = make_rng(2, "rows");
  train(whole, a, 60);
  train(half, b, 30);
  half.step(at::full({64, 1}, std::nan("")), at::zeros({64, 1}));
  half.step(at::full({64, 1}, 1e38), at::full({64, 1}, -INFINITY));
  TensorMap state = half.state("w.");
  for (auto& [name, tensor] : state) tensor = tensor.clone();
  resumed.set_state(state, "w.");
  train(resumed, b, 30);
  EXPECT_EQ(jsd_seen(whole), jsd_seen(resumed));
}

TEST(Trainer, IsNotTouchedByItsIndependentCritic) {
  TensorMap weights[2];
  for (const bool watched : {false, true}) {
    test::ToyGame game;
    game.is_measured = true;
    game.has_independent_critic = watched;
    auto trainer = game.trainer();
    trainer->run({64 * 40, 64 * 10, 64 * 20, 64 * 40, 64 * 20}, {});
    weights[watched ? 1 : 0] = trainer->checkpoint().tensors;
  }
  for (const auto& [name, tensor] : weights[0])
    if (name.starts_with("generator.") || name.starts_with("discriminator.") || name.starts_with("average.")) {
      EXPECT_TRUE(at::equal(tensor, weights[1].at(name))) << name;
    }
  EXPECT_EQ(weights[0].count("witness.steps"), 0U);
  EXPECT_EQ(weights[1].at("witness.steps").item<int64_t>(), 6);  // every sixth step of D
}

}  // namespace
}  // namespace saddle
