// Tests of Adam against its paper's algorithm, and of its state.
#include "saddle/networks/optimizer.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"

namespace saddle {
namespace {

/// Two parameters and nothing else.
class TwoTensors : public Network {
 public:
  TwoTensors() : a(add_parameter("a", at::tensor({1.f, -2.f}))), b(add_parameter("b", at::tensor({0.5f}))) {}
  Tensor forward(const Tensor& x, const Tensor&) override { return x; }
  Tensor a, b;
};

class OneMatrix : public Network {
 public:
  OneMatrix() : matrix(add_parameter("matrix", at::zeros({2, 3}))) {}
  Tensor forward(const Tensor& x, const Tensor&) override { return x; }
  Tensor matrix;
};

/// Runs steps whose gradients of `a` are (step, -3).
void take_steps(Adam& adam, TwoTensors& network, int first, int last) {
  for (int step = first; step <= last; ++step) {
    adam.zero_grad();
    network.a.mutable_grad() = at::tensor({static_cast<float>(step), -3.f});
    adam.step();
  }
}

}  // namespace

TEST(Adam, FollowsAlgorithm1OfThePaper) {
  TwoTensors network;
  const AdamOptions o{.rate = 0.1, .beta1 = 0.6, .beta2 = 0.9, .epsilon = 1e-3};
  Adam adam(network, o);
  take_steps(adam, network, 1, 5);
  double x = 1, m = 0, v = 0;
  for (int t = 1; t <= 5; ++t) {
    m = o.beta1 * m + (1 - o.beta1) * t;
    v = o.beta2 * v + (1 - o.beta2) * t * t;
    x -= o.rate * (m / (1 - std::pow(o.beta1, t))) / (std::sqrt(v / (1 - std::pow(o.beta2, t))) + o.epsilon);
  }
  EXPECT_NEAR(network.a[0].item<double>(), x, 1e-6);
  EXPECT_EQ(network.b.item<float>(), 0.5f) << "a parameter without a gradient stays";
}

TEST(Adam, StepsAGroupAtItsOwnRateAndTheRestAsWithoutGroups) {
  TwoTensors plain, grouped;
  Adam a(plain, {.rate = 0.1}), b(grouped, {.rate = 0.1}, {{"b", 0.25}});
  for (const auto& [adam, network] : {std::pair{&a, &plain}, {&b, &grouped}}) {
    network->a.mutable_grad() = at::tensor({1.f, -3.f});
    network->b.mutable_grad() = at::tensor({2.f});
    adam->step();
  }
  EXPECT_TRUE(at::equal(plain.a, grouped.a));
  // the first step of Adam is one rate long
  EXPECT_NEAR(plain.b.item<double>(), 0.5 - 0.1, 1e-6);
  EXPECT_NEAR(grouped.b.item<double>(), 0.5 - 0.025, 1e-6);
}

TEST(Adam, GoesOnFromItsStateBitForBit) {
  TwoTensors straight, halted, resumed;
  Adam a(straight, {}), b(halted, {}), c(resumed, {});
  take_steps(a, straight, 1, 6);
  take_steps(b, halted, 1, 3);
  resumed.set_state(halted.state());
  c.set_state(b.state("adam/"), "adam/");
  take_steps(c, resumed, 4, 6);
  EXPECT_TRUE(at::equal(straight.a, resumed.a));
  for (const auto& [name, x] : a.state("")) EXPECT_TRUE(at::equal(x, c.state("").at(name))) << name;
}

TEST(Adam, TakesGradientsOfAnotherLayoutThanTheParameters) {
  const Tensor gradient = at::arange(6, at::kFloat).view({2, 3});
  OneMatrix a, b;
  Adam adam_a(a, {}), adam_b(b, {});
  a.matrix.mutable_grad() = gradient.clone();
  b.matrix.mutable_grad() = gradient.t().contiguous().t();
  adam_a.step();
  adam_b.step();
  EXPECT_TRUE(at::equal(a.matrix, b.matrix));
}

TEST(Adam, RefusesAStateOfAnotherShapeByName) {
  TwoTensors network;
  Adam adam(network, {});
  auto state = adam.state("d/");
  state["d/a.first_moment"] = at::zeros({3});
  try {
    adam.set_state(state, "d/");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "optimizer state: tensor 'd/a.first_moment': expected Float [2], got Float [3]");
  }
}

TEST(Adam, UsesANewRateFromTheNextStepOn) {
  TwoTensors network;
  Adam adam(network, {});
  adam.set_rate(0);
  take_steps(adam, network, 1, 1);
  EXPECT_EQ(network.a[0].item<float>(), 1.f);
}

}  // namespace saddle
