// Tests of the units of points: what they keep, and which columns they cannot.
#include "saddle/base/units.h"

#include <gtest/gtest.h>

#include "saddle/base/rng.h"

namespace saddle {
namespace {

constexpr double kLargest = std::numeric_limits<double>::max();

/// n draws from N(0, 1) that are multiples of 2^-20, so that powers of two and moderate shifts are exact.
Tensor draws(int64_t n, int64_t d, uint64_t seed = 1) {
  Rng rng = make_rng(seed, "units");
  return (randn({n, d}, rng, at::kCPU, at::kDouble) * 1048576).round() / 1048576;
}

}  // namespace

TEST(Units, OfChosenRowsAreThoseOfACopy) {
  const Tensor x = draws(20'000, 2), numbers = at::arange(19'999, 0, -2, at::kLong);
  const Units chosen = Units::of(x, numbers), copied = Units::of(x.index_select(0, numbers));
  EXPECT_TRUE(at::equal(chosen.center, copied.center) && at::equal(chosen.scale, copied.scale));
}

TEST(Units, GiveMeanZeroAndDeviationOneAndComeBack) {
  const Tensor x =
      draws(2000, 3) * at::tensor({1e-9, 30.0, 4e12}, at::kDouble) + at::tensor({0.0, 1.7e9, -3e13}, at::kDouble);
  const Units units = Units::of(x);
  const Tensor z = units.standardise(x);
  EXPECT_EQ(z.scalar_type(), at::kFloat);
  EXPECT_LT(z.to(at::kDouble).mean(0).abs().max().item<double>(), 0.004);  // the centre is rounded
  EXPECT_NEAR((z.std(0, false) - 1).abs().max().item<double>(), 0, 1e-5);
  EXPECT_LT(((units.restore(z) - x) / units.scale).abs().max().item<double>(), 1e-6);
}

TEST(Units, MovedAndScaledDataHaveTheSameStandardValuesBitForBit) {
  const Tensor x = draws(3000, 2), z = Units::of(x).standardise(x);
  for (const double shift : {1.7e9, -2147483648.0, 1e6}) {
    const Tensor moved = x + shift;
    EXPECT_TRUE(at::equal(Units::of(moved).standardise(moved), z)) << shift;
  }
  for (const int power : {-1000, -300, 40, 900, 1000}) {
    const Tensor scaled = x * std::ldexp(1.0, power);
    EXPECT_TRUE(at::equal(Units::of(scaled).standardise(scaled), z)) << power;
  }
}

TEST(Units, HoldBothEndsOfFloat64) {
  const Tensor x = draws(500, 1);
  for (const double unit : {std::ldexp(1.0, -1060), 3.5e307}) {  // denormal numbers; up to the largest
    const Tensor own = x.clamp(-4, 4) * unit;
    const Units units = Units::of(own);
    const Tensor z = units.standardise(own);
    EXPECT_NEAR(z.std(0, false).item<double>(), 1, 0.01) << unit;
    EXPECT_TRUE(units.restore(3 * z).isfinite().all().item<bool>());
    EXPECT_TRUE(find_coarse(own, units).empty());
  }
}

TEST(Units, AConstantColumnComesBackAsItIs) {
  const Tensor x = at::full({100, 1}, 1700000000.1, at::kDouble);
  const Units units = Units::of(x);
  EXPECT_EQ(units.scale.item<double>(), 0);
  EXPECT_EQ(units.standardise(x).abs().max().item<float>(), 0);
  EXPECT_EQ(units.restore(at::ones({1, 1})).item<double>(), 1700000000.1);
}

TEST(Units, SayWhereFloat32HoldsOwnValuesToo) {
  const auto fit = [](double center, double scale) {
    return Units{at::tensor({center}, at::kDouble), at::tensor({scale}, at::kDouble)}.fit_float32();
  };
  EXPECT_TRUE(fit(0, 1));
  EXPECT_TRUE(fit(1000, 1));
  EXPECT_FALSE(fit(1.7e9, 30));
  EXPECT_FALSE(fit(0, 1e200));
  EXPECT_FALSE(fit(0, 1e-40));
  EXPECT_TRUE(Units{}.fit_float32());
}

TEST(FindCoarse, PassesWhatFloat32CanHold) {
  const auto coarse = [](const Tensor& x) { return find_coarse(x, Units::of(x)).size(); };
  const Tensor x = draws(4000, 1);
  EXPECT_EQ(coarse(x), 0);
  EXPECT_EQ(coarse(x * 30 + 1.7e9), 0);
  EXPECT_EQ(coarse((x * 2e7).round() + 1.7e9), 0);                    // seconds over two years
  EXPECT_EQ(coarse((2 * x).exp()), 0);                                // heavy tails
  EXPECT_EQ(coarse(at::where(x > 0, x, 0.0)), 0);                     // half of it one number
  EXPECT_EQ(coarse(at::where(x > 0, x, 0.1 + 1e-17 * x.sign())), 0);  // the same up to float64's rounding
  EXPECT_EQ(coarse(at::full({50, 2}, 5.0, at::kDouble)), 0);
}

TEST(FindCoarse, NamesTheColumnTheRowAndWhatBecomesOne) {
  Tensor x = draws(4000, 3);
  x[7][1] = kLargest;
  auto found = find_coarse(x, Units::of(x));
  ASSERT_EQ(found.size(), 1);
  EXPECT_TRUE(found[0].spoilt());
  EXPECT_EQ(found[0].column, 1);
  EXPECT_EQ(found[0].row, 7);
  EXPECT_EQ(found[0].farthest, kLargest);
  EXPECT_GT(found[0].share, 0.9);
  x = draws(4000, 1) * 30 + 1.7e9;  // times, where half of them are missing as 0
  x.slice(0, 0, std::nullopt, 2).zero_();
  found = find_coarse(x, Units::of(x));
  ASSERT_EQ(found.size(), 1);
  EXPECT_TRUE(found[0].spoilt());
  EXPECT_NEAR(found[0].low, 1.7e9, 200);
  EXPECT_EQ(found[0].farthest, 0);
}

// Probabilities near 0 of which many are tiny: what is tiny becomes one number, and the rest can be learnt.
TEST(FindCoarse, TellsALossThatLeavesMostFromAColumnThatIsSpoilt) {
  const Tensor x = draws(4000, 1), tiny = at::where(x > 0, x.sigmoid(), (40 * (x - 1)).exp());
  const auto found = find_coarse(tiny, Units::of(tiny));
  ASSERT_EQ(found.size(), 1);
  EXPECT_FALSE(found[0].spoilt());
  EXPECT_NEAR(found[0].kept, 0.5, 0.1);
}

}  // namespace saddle
