// Tests of the count of shared rows.
#include "saddle/critics/shared_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace saddle {
namespace {

using Rows = std::vector<uint64_t>;

Rows numbered(uint64_t from, uint64_t to) {
  Rows rows(to - from);
  std::iota(rows.begin(), rows.end(), from);
  return rows;
}

/// Rows that take each of `values` values equally often on average.
Rows dice(size_t count, uint64_t values, uint64_t seed) {
  std::mt19937_64 random(seed);
  Rows rows(count);
  for (auto& row : rows) row = random() % values;
  return rows;
}

TEST(SharedRows, AreTheSameInAPermutation) {
  Rows p = numbered(0, 1000), q = p;
  std::reverse(q.begin(), q.end());
  EXPECT_EQ(shared_rows(p, q).count, 1000);
  EXPECT_TRUE(shared_rows(p, q).same);
  for (const uint64_t values : {6, 40, 500, 100'000}) {
    p = q = dice(1000, values, 1);
    EXPECT_TRUE(shared_rows(p, q).same) << values;
  }
}

TEST(SharedRows, AreTheSameInAPartOfTheOtherSide) {
  EXPECT_TRUE(shared_rows(numbered(0, 3000), numbered(500, 1500)).same);
  EXPECT_TRUE(shared_rows(numbered(0, 3000), numbered(2600, 3300)).same) << "400 of 700";
}

TEST(SharedRows, AreTooManyWhereAThirdIsCopied) {
  const SharedRows shared = shared_rows(numbered(0, 1000), numbered(700, 1700));
  EXPECT_EQ(shared.count, 300);
  EXPECT_NEAR(shared.expected, 150, 1e-6);
  EXPECT_TRUE(shared.too_many);
  EXPECT_FALSE(shared.same);
}

// Independent samples of discrete data: 600 pairs, none of which may be taken for copies.
TEST(SharedRows, AreNoCopiesWhereDataAreDiscrete) {
  for (const uint64_t values : {1, 2, 4, 30, 300, 5000})
    for (uint64_t seed = 0; seed < 100; ++seed) {
      const Rows p = dice(seed % 2 == 0 ? 300 : 900, values, 2 * seed), q = dice(300, values, 2 * seed + 1);
      EXPECT_FALSE(shared_rows(p, q).too_many) << values << " values, seed " << seed;
    }
}

TEST(SharedRows, CountEachRowOnce) {
  EXPECT_EQ(shared_rows({1, 1, 2}, {1, 2, 2, 2, 3}).count, 2);
  EXPECT_EQ(shared_rows({}, {1}).count, 0);
  EXPECT_FALSE(shared_rows(Rows(50, 7), Rows(50, 7)).too_many) << "a constant";
}

}  // namespace
}  // namespace saddle
