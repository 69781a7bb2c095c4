// The Dirac-GAN of Mescheder et al. 2018: how fast games and regularisers reach their equilibrium, or circle around it.
#include <gtest/gtest.h>

#include <array>
#include <complex>

#include "saddle/base/error.h"
#include "saddle/objectives/regularizer.h"

namespace saddle {
namespace {

constexpr double kRate = 0.2;

/// D(x) = psi x, on data at 0 and a generator at theta; the equilibrium is (0, 0).
class LinearD : public Network {
 public:
  LinearD() : psi(add_parameter("psi", at::zeros({1}, at::kDouble))) {}
  Tensor forward(const Tensor& x, const Tensor& = {}) override { return x.squeeze(1) * psi; }
  Tensor psi;
};

/// Values of N(0, 1) with the weight 1/n each, and the variance 1.
Tensor normal_points(int64_t n) {
  const Tensor x = at::special_ndtri((at::arange(n, at::kDouble) + 0.5) / static_cast<double>(n));
  return (x / x.square().mean().sqrt()).unsqueeze(1);
}

/// One row of the table: the game, its regulariser, and what was computed for it elsewhere.
struct Method {
  const char* name;
  const char* objective;
  // none of the library's: "consensus", where both players also descend gamma |v|^2 / 2, and "noise" on all that D sees
  const char* regularizer;
  double strength;
  std::array<double, 3> radius;  // by simultaneous steps, alternating ones, and alternating with 5 steps of D; 0: none
  std::array<double, 3> distance;  // from the equilibrium after 500 steps from (1, 1); 0: below 1e-15
};

// Simultaneous and alternating gradient descent at the rate 0.2. The paper's D says "fake" where ours says "real", so
// its start psi = 1 is our -1. A gradient penalty gamma/2 (|psi| - 1)^2 has our strength gamma/2, and no radius at its
// kink.
constexpr Method kMethods[] = {
    {"GAN", "minimax", "", 0, {1.00499, 1, 1}, {3.1, 1.42, 1.85}},
    {"NSGAN", "non_saturating", "", 0, {1.00499, 1, 1}, {0.64, 0.284, 0.139}},
    {"WGAN", "wasserstein", "weight_clipping", 1, {1.01980, 1, 1}, {1.0, 1.02, 0.92}},
    {"WGANGP", "wasserstein", "gradient_penalty", 0.35, {0, 0, 0}, {1.8, 1.22, 0.72}},
    {"InstanceNoise", "minimax", "noise", 0.7, {0.98031, 0.97519, 0.88196}, {5.7e-5, 4.0e-6, 0}},
    {"R1", "minimax", "r1", 0.3, {0.97468, 0.96954, 0.85668}, {2.6e-6, 2.3e-7, 9e-34}},
    {"R1Critical", "minimax", "r1", 1, {0.90000, 0.92702, 0.94865}, {1e-21, 7e-17, 5e-12}},
    {"NSGANR1", "non_saturating", "r1", 0.3, {0.97468, 0.96954, 0.85668}, {2.2e-6, 1.5e-7, 4e-34}},
    {"Consensus", "minimax", "consensus", 1, {0.95525, 0.95000, 0.85737}, {2.6e-10, 1.7e-11, 11}},
};

struct Point {
  double theta, psi;
};

class DiracGan {
 public:
  explicit DiracGan(const Method& method)
      : consensus_(method.regularizer == std::string("consensus") ? method.strength : 0),
        objective_(find_objective(method.objective)) {
    for (const auto& row : regularizers())
      if (method.regularizer == std::string(row.name)) row_ = &row, strength_ = method.strength;
    // noise in expectation: the same points of N(0, 1) on real and on fake samples
    const bool noisy = method.regularizer == std::string("noise");
    noise_ = noisy ? method.strength * normal_points(200) : at::zeros({1, 1}, at::kDouble);
  }

  /// One step of both players; d_steps 0: at once, from the same point; else G's step and then so many of D.
  Point step(Point at, int d_steps) {
    const double theta = at.theta + kRate * velocity(at, Player::generator);
    if (d_steps == 0) return {theta, constrained(at.psi + kRate * velocity(at, Player::discriminator))};
    Point moved = {theta, at.psi};
    for (int k = 0; k < d_steps; ++k)
      moved.psi = constrained(moved.psi + kRate * velocity(moved, Player::discriminator));
    return moved;
  }

 private:
  enum class Player { generator, discriminator };

  /// Minus a player's gradient of its loss; it can be differentiated again for consensus.
  Tensor plain_velocity(const Tensor& theta, Player player) {
    const Tensor real = noise_, fake = theta + noise_, real_logits = d_.forward(real), fake_logits = d_.forward(fake);
    if (player == Player::generator) return -gradient(objective_.generator_loss(real_logits, fake_logits), theta);
    Tensor loss = objective_.discriminator_loss(real_logits, fake_logits);
    if (row_ != nullptr && row_->penalty != nullptr)
      loss = loss + strength_ * row_->penalty({d_, real, fake, {}, real_logits}, rng_);
    return -gradient(loss, d_.psi);
  }

  /// The direction in which a player moves at a point.
  double velocity(Point at, Player player) {
    const Tensor theta = at::full({1, 1}, at.theta, at::kDouble).requires_grad_();
    d_.psi.set_data(at::full({1}, at.psi, at::kDouble));
    Tensor v = plain_velocity(theta, player);
    if (consensus_ > 0) {
      const Tensor size =
          plain_velocity(theta, Player::generator).square() + plain_velocity(theta, Player::discriminator).square();
      v = v - consensus_ / 2 * gradient(size, player == Player::generator ? theta : d_.psi);
    }
    return v.item<double>();
  }

  Tensor gradient(const Tensor& of, const Tensor& by) const {
    const Tensor g =
        torch::autograd::grad({of}, {by}, {}, /*retain_graph=*/true, consensus_ > 0, /*allow_unused=*/true)[0];
    return g.defined() ? g.sum() : at::zeros({}, at::kDouble);
  }

  double constrained(double psi) {
    if (row_ == nullptr || row_->constrain == nullptr) return psi;
    d_.psi.set_data(at::full({1}, psi, at::kDouble));
    row_->constrain(d_, strength_);
    return d_.psi.item<double>();
  }

  double consensus_;
  const Objective& objective_;
  const Regularizer* row_ = nullptr;
  double strength_ = 0;
  LinearD d_;
  Tensor noise_;
  Rng rng_ = make_rng(0, "interpolates");  // of no effect: the gradient of a linear D is the same everywhere
};

/// The largest absolute eigenvalue of the step's derivative at the equilibrium.
double spectral_radius(DiracGan& game, int d_steps) {
  constexpr double kStep = 1e-5;
  const auto column = [&](double theta, double psi) {
    const Point up = game.step({theta, psi}, d_steps), down = game.step({-theta, -psi}, d_steps);
    return Point{(up.theta - down.theta) / (2 * kStep), (up.psi - down.psi) / (2 * kStep)};
  };
  const Point a = column(kStep, 0), b = column(0, kStep);
  const double half_trace = (a.theta + b.psi) / 2, determinant = a.theta * b.psi - a.psi * b.theta;
  double discriminant = half_trace * half_trace - determinant;
  if (std::abs(discriminant) < 1e-9) discriminant = 0;  // a double eigenvalue, up to rounding
  const auto root = std::sqrt(std::complex<double>(discriminant));
  return std::max(std::abs(half_trace + root), std::abs(half_trace - root));
}

class DiracGans : public testing::TestWithParam<Method> {};

INSTANTIATE_TEST_SUITE_P(Table, DiracGans, testing::ValuesIn(kMethods),
                         [](const auto& test) { return std::string(test.param.name); });

constexpr int kSteps[] = {0, 1, 5};  // of D, as `step` counts them

TEST_P(DiracGans, HasTheSpectralRadiusOfTheTable) {
  DiracGan game(GetParam());
  for (int i = 0; i < 3; ++i)
    if (GetParam().radius[i] > 0) {
      EXPECT_NEAR(spectral_radius(game, kSteps[i]), GetParam().radius[i], 6e-6) << kSteps[i];
    }
}

TEST_P(DiracGans, IsAsFarFromTheEquilibriumAfter500StepsAsInTheTable) {
  DiracGan game(GetParam());
  for (int i = 0; i < 3; ++i) {
    Point at = {1, -1};
    for (int step = 0; step < 500; ++step) at = game.step(at, kSteps[i]);
    const double distance = std::hypot(at.theta, at.psi), expected = GetParam().distance[i];
    if (expected > 0)
      EXPECT_NEAR(distance, expected, 0.07 * expected) << kSteps[i];  // the table has one to three digits
    else
      EXPECT_LT(distance, 1e-15) << kSteps[i];
  }
}

TEST(DiracGan, HasTheEigenvaluesOfTheClosedForms) {
  // of the continuous flow; one simultaneous step multiplies by 1 + rate lambda
  const double slope = 0.5, curvature = -0.25;  // f'(0) and f''(0) of f(t) = -log(1 + e^-t)
  const auto radius = [](std::complex<double> lambda) { return std::abs(1.0 + kRate * lambda); };
  const auto pair = [](double real, double square) { return real + std::sqrt(std::complex<double>(square)); };
  const auto measured = [](const Method& method) {
    DiracGan game(method);
    return spectral_radius(game, 0);
  };
  EXPECT_NEAR(measured({"", "minimax", "", 0, {}, {}}), radius(pair(0, -slope * slope)), 1e-8);
  EXPECT_NEAR(measured({"", "relativistic", "", 0, {}, {}}), radius(pair(0, -slope * slope)), 1e-8);
  EXPECT_NEAR(measured({"", "wasserstein", "", 0, {}, {}}), radius(pair(0, -1)), 1e-8);
  EXPECT_NEAR(measured({"", "hinge", "", 0, {}, {}}), radius(pair(0, -1)), 1e-8);
  for (const double gamma : {0.1, 0.3, 0.8}) {
    const double square = gamma * gamma / 4 - slope * slope;
    EXPECT_NEAR(measured({"", "minimax", "r1", gamma, {}, {}}), radius(pair(-gamma / 2, square)), 1e-8);
    EXPECT_NEAR(measured({"", "minimax", "r2", gamma, {}, {}}), radius(pair(-gamma / 2, square)), 1e-8);
    const double decay = curvature * gamma * gamma;
    EXPECT_NEAR(measured({"", "minimax", "noise", gamma, {}, {}}), radius(pair(decay, decay * decay - slope * slope)),
                1e-8);
    EXPECT_NEAR(measured({"", "minimax", "consensus", gamma, {}, {}}), radius({-gamma * slope * slope, slope}), 1e-8);
  }
}

}  // namespace
}  // namespace saddle
