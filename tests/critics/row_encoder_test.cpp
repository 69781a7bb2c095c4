// Tests of the encoding of rows of tables.
#include "saddle/critics/row_encoder.h"

#include <gtest/gtest.h>

#include "saddle/base/rng.h"
#include "saddle/critics/fit_critic.h"
#include "tests/critics/support.h"

namespace saddle {
namespace {

const double kNone = std::nan("");

Tensor column(std::vector<double> values) { return at::tensor(values, at::kDouble).unsqueeze(1); }

TEST(RowEncoder, FillsInTheMedianOfItsOwnRowsAndMarksWhatIsMissing) {
  const RowEncoder encode(column({1, kNone, 5, 3}), {false});
  EXPECT_TRUE(at::equal(encode(column({kNone, 100})), at::tensor({3.0, 1.0, 100.0, 0.0}, at::kDouble).view({2, 2})));
  const RowEncoder whole(column({1, 5, 3}), {false});
  EXPECT_TRUE(at::equal(whole(column({kNone, 100})), column({3, 100})));
}

TEST(RowEncoder, HasAColumnForEachLevelThatItHasSeen) {
  const RowEncoder encode(column({7, 9, 7, kNone}), {true});
  EXPECT_TRUE(at::equal(encode(column({kNone, 7, 9, 8})), at::eye(4, at::kDouble).slice(1, 0, 3)));
}

TEST(RowEncoder, PoolsAllButTheMostFrequentLevels) {
  const Tensor codes = at::cat({at::arange(kMostLevels, at::kDouble), at::arange(kMostLevels + 9, at::kDouble)});
  const Tensor encoded =
      RowEncoder(codes.unsqueeze(1), {true})(column({0, kMostLevels - 1, kMostLevels, kMostLevels + 3}));
  EXPECT_EQ(encoded.size(1), kMostLevels + 1);
  EXPECT_TRUE(at::equal(encoded.argmax(1), at::tensor({int64_t{0}, kMostLevels - 1, kMostLevels, kMostLevels})));
}

TEST(RowEncoder, LeavesPlainNumbersAlone) {
  const Tensor x = at::rand({3, 2}, at::kDouble);
  EXPECT_TRUE(RowEncoder(x, {})(x).is_same(x));
}

// Values are missing in P alone, 30 % of them: JSD log 2 + V/2 with D* at the marked rows, of a Bernoulli pair
// (0.3, 0): 0.1173. The standard error of the estimate is 0.004.
TEST(RowEncoder, ShowsTheCriticWhatIsMissing) {
  Rng rng = make_rng(1, "missing");
  const Tensor p = testing::shifted_normal(3000, 1, 0, rng), q = testing::shifted_normal(3000, 1, 0, rng);
  p.masked_fill_(rand({3000, 1}, rng, at::kCPU, at::kDouble) < 0.3, kNone);
  CriticOptions options;
  options.categorical = {false};
  const CriticFit fit = fit_critic(p, q, options);
  EXPECT_NEAR(fit.js, 0.1173, 0.02);
  EXPECT_LE(fit.js_certified_lower, 0.1173);
}

}  // namespace
}  // namespace saddle
