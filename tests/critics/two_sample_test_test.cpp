// Tests the two-sample test and the test of streams: their levels and their power.
#include "saddle/critics/two_sample_test.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/critics/stream_test.h"
#include "tests/critics/support.h"

namespace saddle {
namespace {

using testing::ring;
using testing::shifted_normal;

// At level 5 % a valid test rejects at most 10 of 200; more than 20 would come once in 900 times, none at all never.
TEST(PermutationTest, KeepsItsLevel) {
  int rejected = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Rng rng = make_rng(seed, "level");
    const Tensor p = shifted_normal(120, 2, 0, rng), q = shifted_normal(80, 2, 0, rng);
    rejected += permutation_test(p, q, seed, 99).p_value <= 0.05 ? 1 : 0;
  }
  EXPECT_LE(rejected, 20);
  EXPECT_GE(rejected, 1);
}

// Of 40 whole tests at 5 % more than 6 come once in 290 times.
TEST(TwoSampleTest, KeepsItsLevel) {
  int rejected = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    Rng rng = make_rng(seed, "level");
    rejected += two_sample_test(shifted_normal(100, 1, 0, rng), shifted_normal(100, 1, 0, rng),
                                {seed, 199, false, {}, {}, {}, {}})
                            .p_value <= 0.05
                    ? 1
                    : 0;
  }
  EXPECT_LE(rejected, 6);
}

TEST(TwoSampleTest, SeesALostMode) {
  Rng rng = make_rng(1, "test");
  const TwoSampleTest test = two_sample_test(ring(1000, 8, 0, rng), ring(1000, 8, 1, rng), {});
  EXPECT_LE(test.p_value, 0.001);
  EXPECT_GE(test.p_value, test.smallest);
  EXPECT_GT(test.statistic, 5);
}

// A shift of JSD 0.0079 needs about 750 rows a side of an oracle to be seen with 80 % on half of them.
TEST(TwoSampleTest, SaysWhatItWouldHaveSeen) {
  Rng rng = make_rng(2, "test");
  const auto detectable = [&](int64_t n) {
    return two_sample_test(shifted_normal(n, 2, 0, rng), shifted_normal(n, 2, 0, rng), {0, 199, true, {}, {}, {}, {}})
        .detectable_js;
  };
  const double few = detectable(500), many = detectable(4000);
  EXPECT_LT(many, few);
  EXPECT_GT(few, 0.004);
  EXPECT_LT(few, 0.15);
  EXPECT_LT(many, 0.02);
}

TEST(TwoSampleTest, RefusesTooFewRows) {
  EXPECT_THROW(two_sample_test(at::rand({19, 1}), at::rand({50, 1}), {}), Error);
}

TEST(StreamTest, GrowsOnADifferenceAndCanBeContinued) {
  Rng rng = make_rng(3, "test");
  const Tensor p = shifted_normal(1200, 2, 0, rng), q = shifted_normal(1200, 2, 1, rng);
  StreamTest whole(1);
  whole.update(p, q);
  EXPECT_LT(whole.p_value(), 1e-6);
  EXPECT_EQ(whole.pairs(), 1200);
  StreamTest first(1);
  first.update(p.slice(0, 0, 700), q.slice(0, 0, 650));  // surplus rows wait
  StreamTest second(first.state());
  second.update(p.slice(0, 700), q.slice(0, 650));
  EXPECT_EQ(second.pairs(), 1200);
  EXPECT_NEAR(second.log_wealth(), whole.log_wealth(), 1e-6);
  EXPECT_THROW(second.update(at::rand({3, 5}), q), Error);
}

// Constant rows have no critic to fit, so that many of them cost nothing.
TEST(StreamTest, KeepsNoMoreRowsThanAFitNeeds) {
  StreamTest test(1);
  for (int batch = 0; batch < 10; ++batch) {
    test.update(at::ones({20'000, 1}), at::ones({20'100, 1}));
    const TensorMap state = test.state();
    EXPECT_LE(state.at("p").size(0), 60'000);
    EXPECT_EQ(state.at("q").size(0) - state.at("p").size(0), 100 * (batch + 1)) << "the rows that wait";
    test = StreamTest(state);
  }
  EXPECT_EQ(test.pairs(), 200'000);
}

TEST(StreamTest, TakesNothingOfABatchThatItRefuses) {
  StreamTest test(1, {false, true});
  EXPECT_THROW(test.update(at::rand({5, 2}), at::rand({5, 3})), Error);
  EXPECT_THROW(test.update(at::rand({5, 3}), at::rand({5, 3})), Error);
  EXPECT_THROW(test.update(at::rand({5, 2}), at::full({5, 2}, INFINITY)), Error);
  EXPECT_EQ(test.state().at("p").numel(), 0);
  test.update(at::full({5, 2}, NAN), at::rand({3, 2}));  // a missing value is none to refuse
  EXPECT_EQ(test.pairs(), 3);
}

TEST(StreamTest, KeepsAllDigitsOfPoints) {
  Rng rng = make_rng(5, "test");
  StreamTest test(1);
  test.update(1e12 + shifted_normal(600, 1, 0, rng), 1e12 + shifted_normal(600, 1, 2, rng));
  EXPECT_LT(test.p_value(), 1e-3);
}

// Ville: P(W ever reaches 20) <= 5 % at P = Q; of 40 streams more than 6 come once in 290 times.
TEST(StreamTest, SeldomGrowsWherePEqualsQ) {
  int crossed = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    Rng rng = make_rng(seed, "stream");
    StreamTest test(seed);
    test.update(shifted_normal(300, 1, 0, rng), shifted_normal(300, 1, 0, rng));
    crossed += test.p_value() <= 0.05 ? 1 : 0;
    EXPECT_GE(test.log_wealth(), -std::log(4.0) - 1e-9);  // a D that overfits costs no more
  }
  EXPECT_LE(crossed, 6);
}

}  // namespace
}  // namespace saddle
