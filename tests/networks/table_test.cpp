// The family `table`: levels are drawn as softmax says, and gradients go straight through.
#include "saddle/networks/table.h"

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "saddle/base/error.h"

namespace saddle {
namespace {

const std::vector<ColumnSpan> kSpans = {{0, 3, false}, {3, 0, false}, {3, 2, true}};  // a column is not there
constexpr int64_t kRow = 6;

NetworkOptions options() {
  NetworkOptions o;
  o.family = "table";
  o.shape = {kRow};
  o.latent_dim = 8 + kRow;
  o.generator_width = o.discriminator_width = 16;
  o.layers = 2;
  o.spans = kSpans;
  return o;
}

std::vector<ColumnSpan> there() { return {kSpans[0], kSpans[2]}; }

TEST(ChooseLevels, ChoosesOneLevelOfEachColumn) {
  Rng rng = make_rng(1, "test");
  const Tensor x = choose_levels(randn({500, kRow}, rng), randn({500, kRow}, rng), there(), 0.5);
  EXPECT_TRUE(at::equal(x.slice(1, 0, 3).sum(1), at::ones({500})));
  EXPECT_TRUE(at::equal(x.slice(1, 3, 5).sum(1), at::ones({500})));
  EXPECT_TRUE(at::equal(x.select(1, 5).eq(0), x.select(1, 4).eq(0)));  // no number without its level
}

TEST(ChooseLevels, DrawsThemAsSoftmaxSays) {
  Rng rng = make_rng(2, "test");
  const Tensor logits = at::tensor({0.0F, 1.0F, -1.0F, 0.5F, 0.0F, 3.0F}).expand({40'000, kRow});
  const Tensor gumbel = rand({40'000, kRow}, rng).clamp(1e-6, 1 - 1e-6).log().neg().log().neg();
  const Tensor shares = choose_levels(logits, gumbel, there(), 0.5).mean(0);
  const Tensor expected = logits[0].slice(0, 0, 3).softmax(0);
  EXPECT_LT((shares.slice(0, 0, 3) - expected).abs().max().item<double>(), 0.012);  // five standard errors
}

TEST(ChooseLevels, HasTheGradientOfTheSoftChoice) {
  Rng rng = make_rng(3, "test");
  const double temperature = 0.7;
  const Tensor logits = randn({50, kRow}, rng).requires_grad_(), noise = randn({50, kRow}, rng),
               weight = randn({50, kRow}, rng);
  const Tensor hard = choose_levels(logits, noise, there(), temperature);
  const Tensor found = torch::autograd::grad({(hard * weight).sum()}, {logits})[0];
  // the same by autograd, of the hard choice plus the soft one less itself
  const Tensor other = logits.detach().clone().requires_grad_(), perturbed = (other + noise) / temperature;
  const auto straight_through = [&](int64_t begin, int64_t end) {
    const Tensor soft = perturbed.slice(1, begin, end).softmax(1);
    return hard.detach().slice(1, begin, end) + soft - soft.detach();
  };
  const Tensor first = straight_through(0, 3), second = straight_through(3, 5);
  const Tensor x = at::cat({first, second, (other.select(1, 5) * second.select(1, 1)).unsqueeze(1)}, 1);
  EXPECT_TRUE(at::allclose(x.detach(), hard.detach()));
  const Tensor expected = torch::autograd::grad({(x * weight).sum()}, {other})[0];
  EXPECT_LT((found - expected).abs().max().item<double>(), 1e-5);
}

TEST(TableNetworks, HaveTheRightShapes) {
  const auto g = make_generator(options(), 1), d = make_discriminator(options(), 1);
  Rng rng = make_rng(4, "test");
  const Tensor z = randn({7, 8 + kRow}, rng), x = g->forward(z);
  EXPECT_EQ(x.sizes(), at::IntArrayRef({7, kRow}));
  EXPECT_EQ(d->forward(x).sizes(), at::IntArrayRef({7}));
  EXPECT_TRUE(at::equal(g->forward(z).detach(), x.detach()));  // all that is random is in z
  EXPECT_THROW(d->forward(at::zeros({7, 5})), Error);
}

TEST(TableNetworks, RefuseWhatDoesNotFit) {
  NetworkOptions o = options();
  o.latent_dim = kRow;
  EXPECT_THROW(make_generator(o, 1), Error);  // no numbers are left for z
  o = options();
  o.shape = {7};
  EXPECT_THROW(make_generator(o, 1), Error);
  o.spans = {};
  EXPECT_THROW(make_discriminator(o, 1), Error);
  o = options();
  o.spans = {{1, 3, false}, {4, 2, false}};
  EXPECT_THROW(make_generator(o, 1), Error);
}

}  // namespace
}  // namespace saddle
