// Tests of every regulariser of the table, against closed forms and finite differences.
#include "saddle/objectives/regularizer.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"

namespace saddle {
namespace {

/// D(x) = w . x + sum over entries of c x^3, in double precision: its gradient w + 3 c x^2 has a closed form.
class Cubic : public Network {
 public:
  Cubic(const std::vector<double>& w, double c)
      : w_(add_parameter("w", at::tensor(w, at::kDouble))), c_(add_parameter("c", at::tensor({c}, at::kDouble))) {}
  Tensor forward(const Tensor& x, const Tensor& = {}) override { return at::mv(x, w_) + c_ * x.pow(3).sum(1); }

 private:
  Tensor w_, c_;
};

struct Batches {
  Tensor real, fake;
};

Batches batches(at::IntArrayRef shape, at::ScalarType type = at::kDouble) {
  Rng rng = make_rng(3, "batches");
  return {randn(shape, rng, at::kCPU, type), 0.5 * randn(shape, rng, at::kCPU, type) + 1};
}

Tensor penalty_of(const Regularizer& row, Network& discriminator, const Batches& batch) {
  Rng rng = make_rng(4, "penalty");
  return row.penalty({discriminator, batch.real, batch.fake, {}, discriminator.forward(batch.real)}, rng);
}

std::vector<Regularizer> penalties() {
  std::vector<Regularizer> rows;
  for (const auto& row : regularizers())
    if (row.penalty != nullptr) rows.push_back(row);
  return rows;
}

class Penalties : public testing::TestWithParam<Regularizer> {};

INSTANTIATE_TEST_SUITE_P(Table, Penalties, testing::ValuesIn(penalties()),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_P(Penalties, HasTheGradientByDsWeightsOfFiniteDifferences) {
  Cubic d({0.8, -0.3}, 0.2);
  const Batches batch = batches({5, 2});
  penalty_of(GetParam(), d, batch).backward();
  constexpr double kStep = 1e-6;
  for (const auto& [name, parameter] : d.parameters()) {
    const Tensor gradient = parameter.grad().defined() ? parameter.grad() : at::zeros_like(parameter);
    for (int64_t i = 0; i < parameter.numel(); ++i) {
      const auto moved = [&](double by) {
        {
          const at::NoGradGuard no_grad;
          parameter[i] += by;
        }
        const double result = penalty_of(GetParam(), d, batch).item<double>();
        const at::NoGradGuard no_grad;
        parameter[i] -= by;
        return result;
      };
      EXPECT_NEAR(gradient[i].item<double>(), (moved(kStep) - moved(-kStep)) / (2 * kStep), 1e-7) << name << i;
    }
  }
}

// D(T(x)) with T = 2 x + 1 has the gradient 2 (w + 3 c T(x)^2) by x, before T.
TEST(GradientPenalties, AreOfTheSampleBeforeWhatDSeesItThrough) {
  Cubic d({0.8, -0.3}, 0.2);
  const Batches batch = batches({5, 2});
  const auto seen = [](const Tensor& x) { return 2 * x + 1; };
  const Tensor w = at::tensor({0.8, -0.3}, at::kDouble);
  Rng rng = make_rng(4, "penalty");
  for (const auto& [name, x] : {std::pair("r1", batch.real), std::pair("r2", batch.fake)}) {
    const Tensor penalty = find_regularizer(name).penalty({d, batch.real, batch.fake, {}, {}, seen}, rng);
    const Tensor exact = (2 * (w + 3 * 0.2 * seen(x).square())).square().sum(1).mean() / 2;
    EXPECT_NEAR(penalty.item<double>(), exact.item<double>(), 1e-12) << name;
  }
}

// float32 goes through our kernels, float64 through LibTorch's functions beside them. Fake samples are the real ones,
// so that the points between them do not depend on the type of the random numbers; `dragan` differs only in its points.
TEST(GradientPenalties, GoThroughTheKernelsOfTheFamiliesAsThroughLibTorch) {
  for (const char* family : {"mlp", "dcgan"}) {
    NetworkOptions options;
    options.family = family;
    options.shape = std::string(family) == "mlp" ? std::vector<int64_t>{3} : std::vector<int64_t>{3, 16, 16};
    options.discriminator_width = 16;
    std::vector<int64_t> shape = {6};
    shape.insert(shape.end(), options.shape.begin(), options.shape.end());
    const Tensor wide = batches(shape).real, narrow = wide.to(at::kFloat);
    for (const char* name : {"r1", "r2", "gradient_penalty"}) {
      const auto quick = make_discriminator(options, 1), exact = make_discriminator(options, 1);
      for (const auto* tensors : {&exact->parameters(), &exact->buffers()})
        for (const auto& [key, tensor] : *tensors) tensor.set_data(tensor.detach().to(at::kDouble));
      const Tensor a = penalty_of(find_regularizer(name), *quick, {narrow, narrow});
      const Tensor b = penalty_of(find_regularizer(name), *exact, {wide, wide});
      a.backward();
      b.backward();
      EXPECT_NEAR(a.item<double>(), b.item<double>(), 1e-4 * b.item<double>()) << family << " " << name;
      for (size_t i = 0; i < quick->parameters().size(); ++i) {
        const auto& [key, weight] = exact->parameters()[i];
        const auto gradient = [](const Tensor& w) { return w.grad().defined() ? w.grad() : at::zeros_like(w); };
        const Tensor expected = gradient(weight), got = gradient(quick->parameters()[i].second);
        EXPECT_LE((got - expected).norm().item<double>(), 1e-3 * expected.norm().item<double>())
            << family << " " << name << " " << key;
        if (weight.dim() > 1) {
          EXPECT_GT(expected.norm().item<double>(), 0) << family << " " << name << " " << key;
        }
      }
    }
  }
}

TEST(R1AndR2, AreHalfTheSquaredWeightsOfALinearD) {
  Cubic d({0.6, 0.8}, 0);
  for (const char* name : {"r1", "r2"})
    EXPECT_NEAR(penalty_of(find_regularizer(name), d, batches({7, 2})).item<double>(), 0.5, 1e-15) << name;
}

TEST(R1AndR2, LookAtRealAndAtFakeSamples) {
  Cubic d({0.6, 0.8}, 0.1);
  const Batches batch = batches({7, 2});
  const auto expected = [](const Tensor& x) {
    return ((at::tensor({0.6, 0.8}, at::kDouble) + 0.3 * x.square()).square().sum(1).mean() / 2).item<double>();
  };
  EXPECT_NEAR(penalty_of(find_regularizer("r1"), d, batch).item<double>(), expected(batch.real), 1e-14);
  EXPECT_NEAR(penalty_of(find_regularizer("r2"), d, batch).item<double>(), expected(batch.fake), 1e-14);
}

TEST(GradientPenaltyAndDragan, AreTheSquaredDistanceOfALinearDsNormToOne) {
  Cubic d({3, 4}, 0);
  for (const char* name : {"gradient_penalty", "dragan"})
    EXPECT_NEAR(penalty_of(find_regularizer(name), d, batches({7, 2})).item<double>(), 16, 1e-13) << name;
}

TEST(GradientPenaltyAndDragan, TakeOneNormASampleAndNotOneAnEntry) {
  // Pictures of 2 x 3 x 3 entries with the weight 1/sqrt(18) each: every sample's norm is 1.
  class Mean : public Network {
   public:
    Tensor forward(const Tensor& x, const Tensor& = {}) override { return x.flatten(1).sum(1) / std::sqrt(18.0); }
  } d;
  for (const char* name : {"gradient_penalty", "dragan"})
    EXPECT_NEAR(penalty_of(find_regularizer(name), d, batches({5, 2, 3, 3})).item<double>(), 0, 1e-14) << name;
}

TEST(GradientPenalty, LooksBetweenTheRealAndTheFakeSampleOfEachPair) {
  // grad D = 3 c x^2 with c = 1/3 is x^2: from real 2 to fake 1 it lies in [1, 4], so the penalty lies in [0, 9];
  // its mean over u is that of ((1 + u)^2 - 1)^2, 2.5333; four standard errors of 4000 draws are 0.16: 1 in 15000
  // misses.
  Cubic d({0}, 1.0 / 3);
  const Batches batch = {at::full({4000, 1}, 2.0, at::kDouble), at::ones({4000, 1}, at::kDouble)};
  EXPECT_NEAR(penalty_of(find_regularizer("gradient_penalty"), d, batch).item<double>(), 38.0 / 15, 0.16);
}

TEST(GradientPenalty, HasAFiniteGradientWhereDIsFlat) {
  Cubic d({0, 0}, 0);
  penalty_of(find_regularizer("gradient_penalty"), d, batches({5, 2})).backward();
  for (const auto& [name, parameter] : d.parameters()) EXPECT_TRUE(parameter.grad().isfinite().all().item<bool>());
}

TEST(LabelSmoothing, MovesTheBestDTo1MinusStrengthTimesPOverPPlusQ) {
  // one point with p = 0.3 and q = 0.1: D's loss has its minimum at logit(0.8 * 0.75)
  const double smoothing = 0.2, best = std::log(0.6 / 0.4);
  const auto loss = [&](double v) {
    const Tensor logit = at::tensor({v}, at::kDouble), none = at::zeros({1}, at::kDouble);
    Cubic unused({0}, 0);
    Rng rng = make_rng(0, "unused");
    const auto& game = find_objective("non_saturating").discriminator_loss;
    return (0.3 * (game(logit, none) +
                   smoothing * find_regularizer("label_smoothing").penalty({unused, none, none, {}, logit}, rng)) +
            0.1 * game(none, logit))
        .item<double>();
  };
  EXPECT_LT(loss(best), loss(best + 1e-3));
  EXPECT_LT(loss(best), loss(best - 1e-3));
}

TEST(LabelSmoothing, IsRefusedForGamesThatDoNotMaximiseV) {
  Cubic d({1}, 0);
  for (const auto& objective : objectives()) {
    const bool known = objective.name == "minimax" || objective.name == "non_saturating" ||
                       objective.name == "fgan_js" || objective.name == "fgan_gan";
    const auto make = [&] { Regularization({{"label_smoothing", 0, 0}}, objective, d, 0); };
    if (known)
      EXPECT_NO_THROW(make()) << objective.name;
    else
      EXPECT_THROW(make(), Error) << objective.name;
  }
}

TEST(WeightClipping, KeepsEveryWeightWithinItsStrength) {
  Cubic d({3, -4, 0.01}, 0.5);
  Regularization clipping({{"weight_clipping", 0.1, 0}}, find_objective("wasserstein"), d, 1);
  clipping.end_step(d);
  EXPECT_TRUE(at::equal(d.parameters()[0].second, at::tensor({0.1, -0.1, 0.01}, at::kDouble)));
  EXPECT_EQ(d.parameters()[1].second.item<double>(), 0.1);
}

TEST(Regularization, WeighsAPenaltyByItsIntervalAndLeavesItOutBetween) {
  Cubic d({0.6, 0.8}, 0);
  const Batches batch = batches({4, 2});
  Regularization lazy({{"r1", 3, 4}}, find_objective("minimax"), d, 1);
  for (int step = 0; step < 9; ++step, lazy.end_step(d)) {
    const Tensor penalty = lazy.penalty({d, batch.real, batch.fake, {}, {}});
    EXPECT_EQ(penalty.defined(), step % 4 == 0) << step;
    if (penalty.defined()) {
      EXPECT_NEAR(penalty.item<double>(), 3 * 4 * 0.5, 1e-14);
    }
  }
}

TEST(Regularization, DoesAndKeepsNothingWhereNothingIsChosen) {
  Cubic d({1}, 0);
  Regularization none({}, find_objective("minimax"), d, 1);
  const Tensor x = batches({4, 1}).real;
  EXPECT_FALSE(none.penalty({d, x, x, {}, {}}).defined());
  EXPECT_TRUE(none.state("").empty());
}

TEST(SpectralNorm, GivesEveryWeightMatrixTheLargestSingularValueAskedFor) {
  NetworkOptions options;
  options.family = "mlp";
  options.shape = {2};
  options.discriminator_width = 32;
  options.layers = 0 + 1;
  const auto d = make_discriminator(options, 1);
  Rng rng = make_rng(0, "spectral");
  d->normalise_spectrally(1.5, rng);
  for (int i = 0; i < 200; ++i) d->iterate_singular_vectors();
  // by hand: leaky ReLU between two layers whose matrices are divided by their singular values
  const auto state = d->state();
  const auto sigma = [](const Tensor& w) { return std::get<1>(at::linalg_svd(w.to(at::kDouble)))[0].item<double>(); };
  const Tensor x = batches({5, 2}, at::kFloat).real;
  const Tensor &w0 = state.at("linear0.weight"), &w1 = state.at("linear1.weight");
  const Tensor hidden = at::leaky_relu(at::mm(x, w0.t()) * (1.5 / sigma(w0)) + state.at("linear0.bias"), 0.2);
  const Tensor expected = (at::mm(hidden, w1.t()) * (1.5 / sigma(w1)) + state.at("linear1.bias")).squeeze(1);
  EXPECT_TRUE(at::allclose(d->forward(x), expected, 1e-5, 1e-5));
}

TEST(SpectralNorm, IsDifferentiatedWithItsSingularValue) {
  // W / sigma(W) does not change with W's size, so the gradient has no part along W.
  NetworkOptions options;
  options.family = "dcgan";
  options.shape = {3, 16, 16};
  options.discriminator_width = 16;
  const auto d = make_discriminator(options, 1);
  Rng rng = make_rng(0, "spectral");
  d->normalise_spectrally(1, rng);
  for (int i = 0; i < 100; ++i) d->iterate_singular_vectors();
  d->forward(batches({4, 3, 16, 16}, at::kFloat).real).square().sum().backward();
  for (const auto& [name, weight] : d->parameters()) {
    if (weight.dim() < 2) continue;
    const double along = (weight.grad() * weight).sum().item<double>();
    EXPECT_LE(std::abs(along), 1e-4 * weight.grad().norm().item<double>() * weight.norm().item<double>()) << name;
    EXPECT_GT(weight.grad().norm().item<double>(), 0) << name;
  }
}

TEST(RegularizerNames, AreThoseOfTheTable) {
  const auto& table = regularizers();
  ASSERT_EQ(kRegularizerNames.size(), table.size());
  for (size_t i = 0; i < table.size(); ++i) {
    EXPECT_STREQ(kRegularizerNames[i], table[i].name);
    EXPECT_GT(table[i].strength, 0);
    EXPECT_TRUE(table[i].penalty || table[i].constrain) << table[i].name;
  }
}

TEST(ParseRegularizers, ReadsNamesStrengthsAndIntervals) {
  EXPECT_TRUE(parse_regularizers("none", "f").empty());
  const auto chosen = parse_regularizers("r1=0.5/4,dragan,r2/2,weight_clipping=1e-2", "f");
  ASSERT_EQ(chosen.size(), 4U);
  EXPECT_EQ(chosen[0].name, "r1");
  EXPECT_EQ(chosen[0].strength, 0.5);
  EXPECT_EQ(chosen[0].interval, 4);
  EXPECT_EQ(chosen[1].strength, 0);
  EXPECT_EQ(chosen[1].interval, 0);
  EXPECT_EQ(chosen[2].interval, 2);
  EXPECT_EQ(chosen[3].strength, 0.01);
}

TEST(ParseRegularizers, RefusesWhatItDoesNotKnowAndNamesTheNearest) {
  for (const char* text : {"", "r1,", "r3", "r1=", "r1=-1", "r1=0", "r1=nan", "r1=inf", "r1=2x", "r1/0", "r1/1.5",
                           "r1,r1", "none,r1", "r1=1=2", " r1"})
    EXPECT_THROW(parse_regularizers(text, "--regularizer"), UsageError) << text;
  try {
    parse_regularizers("gradient-penalty", "--regularizer");
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean 'gradient_penalty'"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace saddle
