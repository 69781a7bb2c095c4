// Tests of the network that is trained along for the evaluation critic.
#include "saddle/training/witness.h"

#include <gtest/gtest.h>

#include "saddle/base/rng.h"
#include "tests/support/toy_game.h"

namespace saddle {
namespace {

Witness small_witness() {
  NetworkOptions options;
  options.family = "mlp";
  options.shape = {1};
  options.discriminator_width = 16;
  options.layers = 2;
  return {options, 3, at::kCPU};
}

/// log 2 + V/2 on new rows of N(0, 1) and N(2, 1).
double jsd_seen(const Witness& witness) {
  Rng rng = make_rng(8, "new rows");
  const Tensor p = witness.logits(randn({4000, 1}, rng)), q = witness.logits(randn({4000, 1}, rng) + 2);
  return std::log(2.0) + (at::log_sigmoid(p).mean() + at::log_sigmoid(-q).mean()).item<double>() / 2;
}

void train(Witness& witness, Rng& rng, int steps) {
  for (int i = 0; i < steps; ++i) witness.step(randn({64, 1}, rng), randn({64, 1}, rng) + 2);
}

TEST(Witness, SeesOnNewRowsMostOfWhatThereIs) {
  Witness witness = small_witness();
  Rng rng = make_rng(1, "rows");
  EXPECT_LT(jsd_seen(witness), 0.1);
  train(witness, rng, 500);
  EXPECT_NEAR(jsd_seen(witness), 0.337, 0.04);  // JSD(N(0, 1), N(2, 1)) = 0.3365; five standard errors
}

TEST(Witness, SeesWhatDiffersOnAScaleFarBelowTheDatas) {
  NetworkOptions options;
  options.family = "mlp";
  options.shape = {1};
  options.discriminator_width = 64;
  options.layers = 2;
  Witness witness(options, 3, at::kCPU);
  Rng rng = make_rng(4, "rows");
  const auto comb = [&rng](int64_t n, double shift) {  // 16 teeth over four standard deviations, each side's between
    const Tensor tooth = at::floor(rand({n, 1}, rng) * 16);
    return ((tooth + 0.25 + shift + 0.25 * rand({n, 1}, rng)) / 4 - 2).to(at::kFloat);
  };
  for (int i = 0; i < 300; ++i) witness.step(comb(128, 0), comb(128, 0.5), 3);
  const Tensor p = witness.logits(comb(2000, 0)), q = witness.logits(comb(2000, 0.5));
  EXPECT_GT((p > 0).to(at::kDouble).mean().item<double>(), 0.95);
  EXPECT_LT((q > 0).to(at::kDouble).mean().item<double>(), 0.05);
}

TEST(Witness, GoesOnExactlyAndPassesOverWhatIsNotFinite) {
  Witness whole = small_witness(), half = small_witness(), resumed = small_witness();
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

TEST(Trainer, IsNotTouchedByItsWitness) {
  TensorMap weights[2];
  for (const bool watched : {false, true}) {
    test::ToyGame game;
    game.looked_at = true;
    game.witnessed = watched;
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
