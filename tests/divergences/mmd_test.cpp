// Tests of the squared maximum mean discrepancy and the energy distance.
#include "saddle/divergences/mmd.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"

namespace saddle {
namespace {

using Distance = PairDistance (*)(const Tensor&, const Tensor&, const PairOptions&);

/// The energy distance of N(0, 1) and N(shift, 1): 2 E|x - y| - 2 E|x - x'|, both folded normals.
double normal_energy(double shift) {
  const double between = 2 / std::sqrt(M_PI) * std::exp(-shift * shift / 4) + shift * std::erf(shift / 2);
  return 2 * (between - 2 / std::sqrt(M_PI));
}

/// The U-statistic by the definition, one pair at a time.
double by_definition(const Tensor& p, const Tensor& q, const std::function<double(double)>& k) {
  const auto mean = [&](const Tensor& x, const Tensor& y, bool same) {
    double sum = 0;
    for (int64_t i = 0; i < x.size(0); ++i)
      for (int64_t j = 0; j < y.size(0); ++j)
        if (!same || i != j) sum += k((x[i] - y[j]).norm().item<double>());
    return sum / static_cast<double>(x.size(0) * (y.size(0) - (same ? 1 : 0)));
  };
  return mean(p, p, true) + mean(q, q, true) - 2 * mean(p, q, false);
}

/// How often, in `repeats` draws of n rows of N(0, 1) and N(shift, 1), the interval misses and the test rejects.
struct Rates {
  double missed, rejected, mean;
};

Rates rates(Distance distance, double truth, double shift, int64_t n, int64_t m, int repeats, int64_t permutations) {
  Rng rng = make_rng(7, "rates");
  Rates rates{0, 0, 0};
  for (int i = 0; i < repeats; ++i) {
    const PairDistance found = distance(randn({n, 1}, rng), randn({m, 1}, rng) + shift,
                                        {.permutations = permutations, .seed = static_cast<uint64_t>(i)});
    rates.missed += (found.lower > truth || found.upper < truth) / static_cast<double>(repeats);
    rates.rejected += (found.p_value <= 0.05) / static_cast<double>(repeats);
    rates.mean += found.estimate / repeats;
  }
  return rates;
}

TEST(EnergyDistance, IsTheUStatisticOfItsDefinition) {
  Rng rng = make_rng(1, "test");
  const Tensor p = randn({30, 3}, rng, at::kCPU, at::kDouble), q = 2 * randn({20, 3}, rng, at::kCPU, at::kDouble);
  const double expected = by_definition(p, q, [](double distance) { return -distance; });
  EXPECT_NEAR(energy_distance(p, q).estimate, expected, 1e-12);
  EXPECT_NEAR(energy_distance(q, p).estimate, expected, 1e-12);
}

TEST(Mmd2, IsTheUStatisticWithTheMedianDistanceAsItsBandwidth) {
  Rng rng = make_rng(2, "test");
  const Tensor p = randn({30, 3}, rng, at::kCPU, at::kDouble), q = 2 * randn({25, 3}, rng, at::kCPU, at::kDouble);
  const Tensor h = at::pdist(at::cat({p, q})).median();  // all 55 rows are among the 1,000
  const double scale = 2 * h.item<double>() * h.item<double>();
  EXPECT_NEAR(mmd2(p, q).estimate, by_definition(p, q, [&](double r) { return std::exp(-r * r / scale); }), 1e-12);
}

TEST(Mmd2, TakesImagesAndLargeRowsInFloat) {
  Rng rng = make_rng(3, "test");
  const Tensor p = randn({40, 3, 8, 8}, rng), q = randn({40, 3, 8, 8}, rng);
  const double h = at::pdist(at::cat({p, q}).flatten(1).to(at::kDouble)).median().item<double>();
  const double expected =
      by_definition(p.flatten(1), q.flatten(1), [&](double r) { return std::exp(-r * r / (2 * h * h)); });
  EXPECT_NEAR(mmd2(p, q).estimate, expected, 1e-6);
}

// Each count of 300 is binomial. Misses: 5 % nominal, and fewer for n = 60, whose interval is cautious; above 30, once
// in 10,000 seeds. Rejections: 5 %, above 30 as rarely.
TEST(PairDistances, CoverAndKeepTheirLevelWherePEqualsQ) {
  for (const Distance distance : {mmd2, energy_distance}) {
    const Rates small = rates(distance, 0, 0, 60, 100, 300, 99);
    EXPECT_LE(small.missed, 0.1);
    EXPECT_LE(small.rejected, 0.1);
  }
}

// 200 repeats: misses of 5 % exceed 21 (10.5 %) once in 1,000 seeds; the mean of 200 has a standard error of 0.003.
TEST(PairDistances, CoverTheEnergyDistanceOfAShift) {
  const Rates shifted = rates(energy_distance, normal_energy(0.5), 0.5, 300, 200, 200, 19);
  EXPECT_LE(shifted.missed, 0.105);
  EXPECT_NEAR(shifted.mean, normal_energy(0.5), 0.013);
  EXPECT_GE(shifted.rejected, 0.95);
}

// Its standard deviation is about 0.0025 at this shift and size; the mean of 5 is within 9 standard errors.
TEST(PairDistances, AreUnbiasedInManyBlocksToo) {
  constexpr int64_t kRows = 4000;  // three blocks a side
  const Rates energy = rates(energy_distance, normal_energy(0.2), 0.2, kRows, kRows, 5, 0);
  EXPECT_NEAR(energy.mean, normal_energy(0.2), 0.01);
}

TEST(PairDistances, SeeAShiftWithTheSmallestPValue) {
  Rng rng = make_rng(4, "test");
  const Tensor p = randn({2000, 2}, rng), q = randn({1700, 2}, rng) + 0.5;
  for (const Distance distance : {mmd2, energy_distance}) {
    const PairDistance found = distance(p, q, {.permutations = 99});
    EXPECT_DOUBLE_EQ(found.p_value, 0.01);
    EXPECT_GT(found.lower, 0);
    EXPECT_LT(found.lower, found.estimate);
    EXPECT_GT(found.upper, found.estimate);
  }
}

TEST(PairDistances, CountTiesForThePermutations) {
  const Tensor same = at::zeros({50, 2});
  for (const Distance distance : {mmd2, energy_distance}) {
    const PairDistance found = distance(same, same, {});
    EXPECT_EQ(found.p_value, 1);
    EXPECT_NEAR(found.estimate, 0, 1e-12);
  }
}

TEST(PairDistances, DoNotMindWhereTheDataLie) {
  Rng rng = make_rng(5, "test");
  const Tensor p = randn({100, 2}, rng, at::kCPU, at::kDouble), q = randn({100, 2}, rng, at::kCPU, at::kDouble);
  for (const Distance distance : {mmd2, energy_distance})
    EXPECT_NEAR(distance(p, q, {}).estimate, distance(p + 1e6, q + 1e6, {}).estimate, 1e-8);
}

TEST(Mmd2, ACellAtTheEndOfFloat64HidesNoShift) {
  Rng rng = make_rng(8, "far");
  Tensor p = randn({500, 2}, rng, at::kCPU, at::kDouble), q = randn({500, 2}, rng, at::kCPU, at::kDouble) + 1;
  const double plain = mmd2(p, q).estimate;
  p[3][1] = q[4][1] = std::numeric_limits<double>::max();
  const PairDistance found = mmd2(p, q);
  EXPECT_NEAR(found.estimate, plain, 0.02);
  EXPECT_LT(found.p_value, 0.01);
}

TEST(PairDistances, TakeSidesOfVeryDifferentSizes) {
  Rng rng = make_rng(6, "test");
  const PairDistance found = energy_distance(randn({12, 1}, rng), randn({5000, 1}, rng));
  EXPECT_TRUE(std::isfinite(found.lower) && std::isfinite(found.upper));
}

TEST(PairDistances, RefuseRowsOfTwoSizesAndTooFewRows) {
  EXPECT_THROW(mmd2(at::zeros({50, 2}), at::zeros({50, 3})), Error);
  EXPECT_THROW(energy_distance(at::zeros({9, 2}), at::zeros({50, 2})), Error);
}

}  // namespace
}  // namespace saddle
