// The network among the critics, written down: the same logits elsewhere.
#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/critics/combined_critic.h"
#include "saddle/critics/fit_critic.h"
#include "saddle/networks/scripted_function.h"
#include "saddle/networks/torchscript_program.h"

namespace saddle {
namespace {

/// The largest difference of the graph's logits, as a TorchScript program gives them, from the critic's own, in 1 or
/// the largest of these.
double graph_difference(const CombinedCritic& critic, const Tensor& x, at::ScalarType type) {
  const ScriptedFunction program("graph", encode_torchscript(critic.network_graph().graph, {}));
  const Tensor own = critic.network_logits(x);
  EXPECT_GT(own.std().item<double>(), 0.1);  // it has learnt something
  return (program(x.to(type), "rows") - own).abs().max().item<double>() / std::max(1.0, own.abs().max().item<double>());
}

TEST(CriticGraph, GivesThePerceptronsLogitsOfPointsAlsoFarOut) {
  Rng rng = make_rng(1, "points");
  const Tensor scale = at::tensor({1.0, 1e4, 1.0, 0.0});  // the last column does not vary
  const Tensor p = randn({400, 4}, rng, at::kCPU, at::kDouble) * scale;
  const Tensor q = randn({400, 4}, rng, at::kCPU, at::kDouble) * scale * at::tensor({1.5, 1.0, 1.0, 1.0}) + 0.5;
  const CombinedCritic critic(p, q, 3);
  EXPECT_LT(graph_difference(critic, at::cat({p, q}), at::kDouble), 1e-5);
  EXPECT_LT(graph_difference(critic, p * at::tensor({1e3, -1e6, 1e12, 1.0}), at::kDouble), 1e-5);
}

TEST(CriticGraph, GivesTheConvolutionalNetworksLogitsOfImagesOfEverySize) {
  for (const auto& [height, width, channels] : {std::tuple(9, 12, 1), std::tuple(16, 16, 3)}) {
    Rng rng = make_rng(2, "images");
    const Tensor p = rand({200, channels, height, width}, rng) * 2 - 1;
    const Tensor q = rand({200, channels, height, width}, rng) * 1.4 - 1;
    const CombinedCritic critic(p, q, 3);
    EXPECT_LT(graph_difference(critic, at::cat({p, q}).slice(0, 0, 400, 7), at::kFloat), 1e-5);
  }
}

TEST(CriticGraph, OfFitCriticIsTheFirstFoldsWithItsOwnValue) {
  Rng rng = make_rng(4, "points");
  const Tensor p = randn({300, 2}, rng), q = randn({300, 2}, rng) + 1;
  CriticOptions options;
  options.keep_first = true;
  const CriticFit fit = fit_critic(p, q, options);
  ASSERT_NE(fit.first.critic, nullptr);
  EXPECT_EQ(fit.first.folds, options.folds);
  const size_t network = fit.first.critic->network_graph().critic;
  EXPECT_STREQ(fit.first.critic->kinds().at(network)->name, "perceptron");
  // V of P and Q a unit apart is -2 log 2 + 2 JSD, JSD 0.2 to 0.25 in two columns
  EXPECT_NEAR(fit.first.values.at(network), -1.386 + 2 * 0.21, 0.25);
  options.keep_first = false;
  EXPECT_EQ(fit_critic(p, q, options).first.critic, nullptr);
}

TEST(CriticGraph, IsRefusedWhereNoNetworkSeesTheRowsAsTheyAre) {
  Rng rng = make_rng(5, "rows");
  const Tensor p = randn({200, 1}, rng), q = randn({200, 1}, rng) + 1;
  EXPECT_THROW(CombinedCritic(p, q, 3).network_graph(), Error);
  const Tensor codes = at::randint(3, {200, 2}, rng, at::kDouble);
  EXPECT_THROW(CombinedCritic(codes, codes, 3, {true, false}).network_graph(), Error);
}

}  // namespace
}  // namespace saddle
