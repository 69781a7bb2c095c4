// Tests of blocks within blocks: their names, what they begin with, and their normalisation.
#include "saddle/networks/scope.h"

#include <gtest/gtest.h>

namespace saddle {
namespace {

/// x + W2 relu(W1 x).
struct Residual {
  Weight first, second;

  Residual(const Scope& scope, int64_t width)
      : first(scope.in("first").weight(scope.in("first").normal("weight", {width, width}, 0.5))),
        second(scope.in("second").weight(scope.in("second").uniform("weight", {width, width}, 0.5))) {}

  Tensor operator()(const Tensor& x) const { return x + at::linear(at::relu(at::linear(x, first)), second); }
};

/// Two stages of residual blocks, made in the order that `backwards` says.
class Stages final : public Network {
 public:
  explicit Stages(uint64_t seed, bool backwards = false, const std::string& role = "discriminator") {
    const Scope scope(*this, seed, role);
    const auto make = [&](int stage) { return Residual(scope.in("stage" + std::to_string(stage)).in("block0"), 3); };
    const Residual one = make(backwards ? 1 : 0), other = make(backwards ? 0 : 1);
    blocks_ = backwards ? std::vector{other, one} : std::vector{one, other};
    out_ = scope.constant("out", {3}, 1);
  }

  Tensor forward(const Tensor& x, const Tensor& = {}) override { return at::mv(blocks_[1](blocks_[0](x)), out_); }

 private:
  std::vector<Residual> blocks_;
  Tensor out_;
};

Tensor some_points() {
  Rng rng = make_rng(1, "points");
  return randn({5, 3}, rng);
}

TEST(Scope, NestsNames) {
  Stages network(1);
  std::vector<std::string> names;
  for (const auto& [name, parameter] : network.parameters()) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"stage0.block0.first.weight", "stage0.block0.second.weight",
                                             "stage1.block0.first.weight", "stage1.block0.second.weight", "out"}));
}

TEST(Scope, StartsFromSeedRoleAndNameWhateverTheOrderOfMaking) {
  Stages forwards(1), backwards(1, true), other(2), generator(1, false, "generator");
  const Tensor x = some_points();
  EXPECT_TRUE(at::equal(forwards.forward(x), backwards.forward(x)));
  EXPECT_FALSE(at::equal(forwards.forward(x), other.forward(x)));
  EXPECT_FALSE(at::equal(forwards.forward(x), generator.forward(x)));
}

TEST(Scope, StateGoesToAnotherNetworkOfTheSameBlocks) {
  Stages from(1), to(2);
  to.set_state(from.state("a."), "a.");
  EXPECT_TRUE(at::equal(from.forward(some_points()), to.forward(some_points())));
}

TEST(Weight, IsWhatSpectralNormalisationMakesOfItWithinBlocks) {
  Stages network(1);
  const Tensor before = network.forward(some_points());
  Rng rng = make_rng(3, "u");
  network.normalise_spectrally(0.01, rng);
  const Tensor after = network.forward(some_points());
  EXPECT_FALSE(at::allclose(before, after));
  // with weights of norm 0.01 each residual block is nearly the identity
  EXPECT_TRUE(at::allclose(after, some_points().sum(1), /*rtol=*/0, /*atol=*/5e-3));
}

TEST(Scope, BlocksAreDifferentiatedTwice) {
  Stages network(1);
  network.to(at::kDouble);
  const Tensor x = some_points().to(at::kDouble).requires_grad_();
  const auto penalty = [&] {
    const Tensor slope = torch::autograd::grad({network.forward(x).sum()}, {x}, {}, true, true)[0];
    return slope.square().sum();
  };
  Tensor weight = network.parameters()[1].second;
  const double gradient = torch::autograd::grad({penalty()}, {weight})[0][0][0].item<double>();
  constexpr double kStep = 1e-6;
  const auto moved = [&](double step) {
    const at::NoGradGuard no_grad;
    weight[0][0] += step;
  };
  moved(kStep);
  const double up = penalty().item<double>();
  moved(-2 * kStep);
  const double down = penalty().item<double>();
  EXPECT_NEAR(gradient, (up - down) / (2 * kStep), 1e-5);
}

}  // namespace
}  // namespace saddle
