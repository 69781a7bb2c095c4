// Tests of the split into three parts.
#include "saddle/data/split.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>
#include <set>

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

TEST(Split, SaysWhereAllSamplesAreCopies) {
  const auto refusal = [](const std::vector<uint64_t>& keys) {
    try {
      split_by_rank(keys, kShares, 1, "photos");
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(
      refusal(std::vector<uint64_t>(60, 5)),
      "photos: expected at least 3 different samples, one for each of train, select and test, got 60 copies of one");
  EXPECT_NE(refusal({1, 1, 1, 2}).find("copies of 2, 4 in all"), std::string::npos);
}

TEST(SplitByGroup, ComesAsNearToTheSharesAsAnyDivisionOfFewGroups) {
  std::mt19937 random(1);
  for (int trial = 0; trial < 200; ++trial) {
    const size_t groups = 3 + random() % 5;
    std::vector<uint64_t> keys;
    std::vector<double> sizes;
    for (size_t g = 0; g < groups; ++g) {
      sizes.push_back(static_cast<double>(1 + random() % 40));
      keys.insert(keys.end(), static_cast<size_t>(sizes.back()), row_key(trial, static_cast<int64_t>(g)));
    }
    const auto miss = [&](const std::array<double, 3>& have) {
      double sum = 0;
      for (size_t p = 0; p < 3; ++p)
        sum += have[p] > 0 ? std::fabs(have[p] - kShares[p] * static_cast<double>(keys.size())) : 1e9;
      return sum;
    };
    double best = 1e9;
    for (int code = 0; code < std::pow(3, groups); ++code) {
      std::array<double, 3> have{};
      for (int rest = code, g = 0; g < static_cast<int>(groups); ++g, rest /= 3) have[rest % 3] += sizes[g];
      best = std::min(best, miss(have));
    }
    const Parts parts = split_by_group(keys, kShares, 1, "test");
    EXPECT_NEAR(miss({double(parts[0].size()), double(parts[1].size()), double(parts[2].size())}), best, 1e-9);
  }
}

TEST(SplitByGroup, ManyGroupsGiveTheSharesToWithinTheSmallest) {
  std::mt19937 random(2);
  std::vector<uint64_t> keys(3000, 7);  // one group that is most of the data
  for (int64_t g = 0; g < 60; ++g) keys.insert(keys.end(), 1 + random() % 40, row_key(1, g));
  const Parts parts = split_by_group(keys, kShares, 1, "test");
  const auto all = static_cast<double>(keys.size());
  EXPECT_NEAR(static_cast<double>(parts[1].size()), all * 0.1, 3);
  EXPECT_NEAR(static_cast<double>(parts[2].size()), all * 0.1, 3);
  std::set<uint64_t> seen;
  for (const auto& part : parts) {
    std::set<uint64_t> own;
    for (const int64_t row : part) own.insert(keys[static_cast<size_t>(row)]);
    for (const uint64_t key : own) EXPECT_TRUE(seen.insert(key).second) << "torn apart";
  }
}

TEST(SplitByGroup, LeavesNoPartEmpty) {
  const Parts parts = split_by_group(row_keys(30), {0.01, 0.01, 0.98}, 1, "test");
  for (const auto& part : parts) EXPECT_GE(part.size(), 1U);
  EXPECT_THROW(split_by_group({1, 1, 2, 2}, kShares, 1, "test"), Error);
}

TEST(Split, RefusesTooFewKeysAndWrongShares) {
  EXPECT_THROW(split_by_rank(row_keys(2), kShares, 1, "test"), Error);
  EXPECT_THROW(split_by_rank({}, kShares, 1, "test"), Error);
  EXPECT_THROW(split_by_rank(std::vector<uint64_t>(10, 5), kShares, 1, "test"), Error);
  EXPECT_THROW(split_by_rank(row_keys(10), {1, 0, 0}, 1, "test"), Error);
  EXPECT_THROW(split_by_rank(row_keys(10), {0.8, 0.3, -0.1}, 1, "test"), Error);
}

}  // namespace saddle
