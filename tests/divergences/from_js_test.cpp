// Tests of the bounds that the Jensen-Shannon divergence gives on other divergences.
#include "saddle/divergences/from_js.h"

#include <gtest/gtest.h>

#include "saddle/base/rng.h"

namespace saddle {
namespace {

struct Divergences {
  double js, kl, chi2, total_variation, squared_hellinger;
};

/// All divergences of two distributions on a few points, in double precision.
Divergences of(const Tensor& p, const Tensor& q) {
  const Tensor m = (p + q) / 2;
  const auto kl = [](const Tensor& a, const Tensor& b) { return (a * (a / b).log()).nansum().item<double>(); };
  return {(kl(p, m) + kl(q, m)) / 2, kl(p, q), ((p - q).square() / q).sum().item<double>(),
          (p - q).abs().sum().item<double>() / 2, 1 - (p * q).sqrt().sum().item<double>()};
}

TEST(FromJs, GivesTheTableOfBinaryPairs) {
  struct Row {
    double js, kl, total_variation;
  };
  for (const Row& row :
       {Row{0.01, 0.02897, 0.01443}, Row{0.05, 0.14734, 0.07213}, Row{0.1, 0.30155, 0.14427},
        Row{0.2, 0.63639, 0.28854}, Row{0.3, 1.02098, 0.43281}, Row{0.4, 1.48623, 0.57708}, Row{0.5, 2.10195, 0.72135},
        Row{0.6, 3.09582, 0.86562}, Row{0.65, 4.07622, 0.93775}, Row{0.69, 7.16842, 0.99546}}) {
    EXPECT_NEAR(kl_at_least(row.js), row.kl, 1e-5) << row.js;
    EXPECT_NEAR(total_variation_at_least(row.js), row.total_variation, 1e-5) << row.js;
  }
}

TEST(FromJs, IsNothingAtZeroAndTheLimitAtLog2) {
  for (const double js : {-0.01, 0.0}) {
    EXPECT_EQ(kl_at_least(js), 0);
    EXPECT_EQ(pearson_chi2_at_least(js), 0);
    EXPECT_EQ(total_variation_at_least(js), 0);
    EXPECT_EQ(squared_hellinger_at_least(js), 0);
  }
  EXPECT_TRUE(std::isinf(kl_at_least(std::log(2.0))));
  EXPECT_EQ(total_variation_at_least(1), 1);
  EXPECT_EQ(squared_hellinger_at_least(1), 1);
}

// Random and near-extremal pairs on two to four points, powers of uniforms so that many masses are tiny; a bound that
// does not hold would be met by one of the 4,000.
TEST(FromJs, HoldsForEveryPair) {
  Rng rng = make_rng(1, "pairs");
  for (int i = 0; i < 4000; ++i) {
    const double power = std::pow(2.0, i % 6);
    const auto draw = [&] {
      const Tensor mass = rand({2 + i % 3}, rng, at::kCPU, at::kDouble).pow(power) + 1e-15;
      return mass / mass.sum();
    };
    const Divergences d = of(draw(), draw());
    EXPECT_GE(d.kl, kl_at_least(d.js) - 1e-9);
    EXPECT_GE(d.chi2, pearson_chi2_at_least(d.js) - 1e-9);
    EXPECT_GE(d.total_variation, total_variation_at_least(d.js) - 1e-9);
    EXPECT_GE(d.squared_hellinger, squared_hellinger_at_least(d.js) - 1e-9);
  }
}

TEST(FromJs, IsAttained) {
  for (const double share : {0.9, 0.5, 0.1, 1e-4}) {
    const Divergences part = of(at::tensor({1.0, 0.0}, at::kDouble), at::tensor({share, 1 - share}, at::kDouble));
    EXPECT_NEAR(kl_at_least(part.js), part.kl, 1e-9);
    EXPECT_NEAR(pearson_chi2_at_least(part.js) / part.chi2, 1, 1e-9);
    const Divergences mirror =
        of(at::tensor({share, 1 - share}, at::kDouble), at::tensor({1 - share, share}, at::kDouble));
    EXPECT_NEAR(squared_hellinger_at_least(mirror.js), mirror.squared_hellinger, 1e-9);
    const Divergences shared =
        of(at::tensor({share, 1 - share, 0.0}, at::kDouble), at::tensor({share, 0.0, 1 - share}, at::kDouble));
    EXPECT_NEAR(total_variation_at_least(shared.js), shared.total_variation, 1e-9);
  }
}

}  // namespace
}  // namespace saddle
