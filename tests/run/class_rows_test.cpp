// Tests of the choice of classes that a grid shows.
#include "saddle/run/class_rows.h"

#include <gtest/gtest.h>

namespace saddle {

TEST(ClassRows, GiveAFewClassesEightRowsTogether) {
  EXPECT_EQ(class_rows({5, 9}), (std::vector<int64_t>{0, 0, 0, 0, 1, 1, 1, 1}));
  EXPECT_EQ(class_rows({5, 9, 1}), (std::vector<int64_t>{0, 0, 1, 1, 2, 2}));
  EXPECT_EQ(class_rows(std::vector<int64_t>(10, 1)).size(), 10);
}

TEST(ClassRows, LeaveOutClassesWithoutSamples) { EXPECT_EQ(class_rows({0, 3, 0, 2, 0}).back(), 3); }

TEST(ClassRows, ChooseSixteenOfManyEvenly) {
  const auto rows = class_rows(std::vector<int64_t>(100, 1));
  ASSERT_EQ(rows.size(), 16);
  EXPECT_EQ(rows.front(), 0);
  EXPECT_EQ(rows[8], 50);
  EXPECT_EQ(rows.back(), 93);
}

TEST(ClassRows, HaveNoneWithoutClasses) { EXPECT_TRUE(class_rows({}).empty()); }

}  // namespace saddle
