// Tests of the JSD of one column.
#include "saddle/critics/marginals.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"

namespace saddle {
namespace {

Tensor normal(int64_t n, Rng& rng) { return randn({n}, rng, at::kCPU, at::kDouble); }

/// The standard error at 20,000 rows is 0.002, and binning loses some 0.001; a false alarm is below 1e-4.
TEST(MarginalJs, IsNearTheExactValueForNormals) {
  Rng rng = make_rng(1, "marginals");
  const MarginalJs found = marginal_js(normal(20000, rng), normal(20000, rng) + 1);
  EXPECT_NEAR(found.js, 0.1114215, 0.009);
  EXPECT_NEAR(found.standard_error, 0.0016, 0.0006);
}

/// Where P = Q it is about -bins/(8 n), and within four standard errors of that (false alarm below 1e-4).
TEST(MarginalJs, IsAboutZeroWherePEqualsQ) {
  Rng rng = make_rng(2, "marginals");
  for (const int64_t n : {50, 500, 20000}) {
    const MarginalJs found = marginal_js(normal(n, rng), normal(n, rng));
    EXPECT_NEAR(found.js, 0, 4 * found.standard_error + 10.0 / static_cast<double>(n)) << n;
  }
}

/// Categories 0, 1, 2 with shares 1/2, 1/4, 1/4 against 1/4, 1/4, 1/2: JSD 0.0425, standard error 0.0015.
TEST(MarginalJs, GivesFrequentValuesBinsOfTheirOwn) {
  Rng rng = make_rng(3, "marginals");
  const Tensor u = rand({20000}, rng, at::kCPU, at::kDouble), v = rand({20000}, rng, at::kCPU, at::kDouble);
  const Tensor p = (u > 0.5).to(at::kDouble) + (u > 0.75).to(at::kDouble);
  const Tensor q = (v > 0.25).to(at::kDouble) + (v > 0.5).to(at::kDouble);
  const double exact = 0.5 * (0.5 * std::log(4.0 / 3) + 0.25 * std::log(2.0 / 3)) * 2;
  EXPECT_NEAR(marginal_js(p, q).js, exact, 0.008);
}

TEST(MarginalJs, CountsMissingValuesAsAValue) {
  const Tensor p = at::zeros({1000}, at::kDouble), q = at::full({1000}, std::nan(""), at::kDouble);
  EXPECT_GT(marginal_js(p, q).js, 0.68);
  EXPECT_NEAR(marginal_js(q, q).js, 0, 1e-9);
  EXPECT_NEAR(marginal_js(p, p).js, 0, 1e-9);
  EXPECT_GT(marginal_js(p, p + 3).js, 0.68) << "two constants";
  EXPECT_THROW(marginal_js(p.slice(0, 0, 5), q), Error);
}

}  // namespace
}  // namespace saddle
