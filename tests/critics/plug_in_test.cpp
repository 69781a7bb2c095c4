// Tests of the plug-in values.
#include "saddle/critics/plug_in.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"

namespace saddle {
namespace {

/// With the exact log-ratio of N(0, 1) and N(1, 1), 1/2 - x, the values are unbiased. Their standard errors at 200,000
/// draws are 0.0022 (both KL), 0.0015 (TV), 0.0004 (Hellinger) and 0.008 (chi^2); a false alarm at five of them has
/// a probability below 1e-5.
TEST(PlugInDivergences, AreThoseOfTheDensitiesWithExactLogits) {
  Rng rng = make_rng(1, "plug in");
  const int64_t n = 200'000;
  const Tensor p = 0.5 - randn({n}, rng, at::kCPU, at::kDouble), q = 0.5 - (randn({n}, rng, at::kCPU, at::kDouble) + 1);
  const PlugIn values = plug_in_divergences(p, q);
  EXPECT_NEAR(values.kl, 0.5, 0.011);
  EXPECT_NEAR(values.reverse_kl, 0.5, 0.011);
  EXPECT_NEAR(values.total_variation, 0.3829249, 0.0075);
  EXPECT_NEAR(values.squared_hellinger, 0.1175031, 0.002);
  EXPECT_NEAR(values.pearson_chi2, 1.718282, 0.04);
}

TEST(PlugInDivergences, AreZeroWhereTheLogitsAre) {
  const PlugIn values = plug_in_divergences(at::zeros({10}), at::zeros({20}));
  for (const double value : {values.kl, values.reverse_kl, values.total_variation, values.pearson_chi2})
    EXPECT_EQ(value, 0);
  EXPECT_NEAR(values.squared_hellinger, 0, 1e-15);
  EXPECT_THROW(plug_in_divergences(at::zeros({0}), at::zeros({20})), Error);
}

TEST(PlugInDivergences, StayFiniteWhereTheyAreBounded) {
  const PlugIn values = plug_in_divergences(at::full({10}, 1e4), at::full({20}, -1e4));
  EXPECT_EQ(values.total_variation, 1);
  EXPECT_EQ(values.squared_hellinger, 1);
  EXPECT_TRUE(std::isinf(values.pearson_chi2));
  EXPECT_TRUE(beyond_samples(values.kl, 10));
  EXPECT_FALSE(beyond_samples(0.3, 100));
}

}  // namespace
}  // namespace saddle
