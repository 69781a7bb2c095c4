// Tests of the split into three parts.
#include "saddle/data/split.h"

#include <gtest/gtest.h>

#include <numeric>

#include "saddle/base/error.h"

namespace saddle {
namespace {

constexpr std::array<double, 3> kShares = {0.8, 0.1, 0.1};

std::vector<uint64_t> row_keys(int64_t n, uint64_t seed = 1) {
  std::vector<uint64_t> keys;
  for (int64_t i = 0; i < n; ++i) keys.push_back(row_key(seed, i));
  return keys;
}

}  // namespace

TEST(Split, GivesExactSharesAndEveryRowOnce) {
  const Parts parts = split_by_rank(row_keys(1000), kShares, 1, "test");
  EXPECT_EQ(parts[0].size(), 800U);
  EXPECT_EQ(parts[1].size(), 100U);
  EXPECT_EQ(parts[2].size(), 100U);
  std::vector<int64_t> all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  std::sort(all.begin(), all.end());
  std::vector<int64_t> expected(1000);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(all, expected);
}

TEST(Split, LeavesOneSampleToEachPartOfSmallData) {
  for (const int64_t n : {3, 4, 5, 9}) {
    const Parts parts = split_by_rank(row_keys(n), kShares, 1, "test");
    for (const auto& part : parts) EXPECT_GE(part.size(), 1U) << n;
  }
  const Parts lopsided = split_by_rank(row_keys(5), {0.01, 0.01, 0.98}, 1, "test");
  EXPECT_EQ(lopsided[2].size(), 3U);
}

TEST(Split, NeverTearsEqualKeysApart) {
  std::vector<uint64_t> keys = row_keys(50);
  for (int64_t i = 0; i < 50; ++i) keys.push_back(keys[static_cast<size_t>(i)]);  // a copy of each
  const Parts parts = split_by_rank(keys, kShares, 1, "test");
  for (const auto& part : parts)
    for (const int64_t row : part) EXPECT_EQ(std::count(part.begin(), part.end(), (row + 50) % 100), 1);
  EXPECT_EQ(parts[2].size(), 10U);
}

TEST(Split, DependsOnKeysAloneAndNotOnTheOrderOfRows) {
  const auto keys = row_keys(200);
  const std::vector<uint64_t> reversed(keys.rbegin(), keys.rend());
  Parts forward = split_by_rank(keys, kShares, 1, "test"), backward = split_by_rank(reversed, kShares, 1, "test");
  for (size_t p = 0; p < 3; ++p) {
    for (auto& row : backward[p]) row = 199 - row;
    std::sort(forward[p].begin(), forward[p].end());
    std::sort(backward[p].begin(), backward[p].end());
    EXPECT_EQ(forward[p], backward[p]);
  }
}

TEST(Split, AnotherSeedGivesAnotherSplit) {
  EXPECT_NE(split_by_rank(row_keys(100, 1), kShares, 1, "test")[2],
            split_by_rank(row_keys(100, 2), kShares, 1, "test")[2]);
}

TEST(Halve, CutsInTwoEqualHalvesByContentAndNeverBetweenCopies) {
  std::vector<uint64_t> keys = row_keys(100);
  for (int64_t i = 0; i < 100; ++i) keys.push_back(keys[static_cast<size_t>(i)]);  // a copy of each
  std::vector<int64_t> rows(160);
  std::iota(rows.begin(), rows.end(), 20);
  const auto [first, second] = halve(rows, keys, 1);
  EXPECT_NEAR(static_cast<double>(first.size()), 80, 1);
  std::vector<int64_t> all(first);
  all.insert(all.end(), second.begin(), second.end());
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all, rows);
  for (const int64_t row : first) EXPECT_EQ(std::count(second.begin(), second.end(), (row + 100) % 200), 0) << row;
  std::reverse(rows.begin(), rows.end());
  auto backward = halve(rows, keys, 1)[0];
  std::reverse(backward.begin(), backward.end());
  EXPECT_EQ(backward, first);
}

TEST(Halve, GivesBothHalvesRowsWhereTwoDiffer) {
  EXPECT_EQ(halve({4, 7}, {}, 1)[1].size(), 1U);
  EXPECT_EQ(halve({4}, {}, 1)[1].size(), 0U);
  EXPECT_EQ(halve({0, 1, 2}, {5, 5, 5}, 1)[1].size(), 0U);
  EXPECT_EQ(halve({}, {}, 1)[0].size(), 0U);
}

TEST(Split, RefusesTooFewKeysAndWrongShares) {
  EXPECT_THROW(split_by_rank(row_keys(2), kShares, 1, "test"), Error);
  EXPECT_THROW(split_by_rank({}, kShares, 1, "test"), Error);
  EXPECT_THROW(split_by_rank(std::vector<uint64_t>(10, 5), kShares, 1, "test"), Error);
  EXPECT_THROW(split_by_rank(row_keys(10), {1, 0, 0}, 1, "test"), Error);
  EXPECT_THROW(split_by_rank(row_keys(10), {0.8, 0.3, -0.1}, 1, "test"), Error);
}

}  // namespace saddle
