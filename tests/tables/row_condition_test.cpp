// Tests of conditions as trees, beyond what their text says (tests/data/parse_condition_test.cpp).
#include "saddle/tables/row_condition.h"

#include <gtest/gtest.h>

#include "tests/support/files.h"

namespace saddle {
namespace {

RowCondition combination(std::vector<int64_t> columns) {
  RowCondition made;
  made.form = RowCondition::Form::combination;
  made.columns = std::move(columns);
  made.text = "combination(...)";
  return made;
}

TEST(RowCondition, OfNothingIsMetByEveryRow) {
  const RowTruths truths = judge({}, at::zeros({3, 2}, at::kDouble));
  EXPECT_TRUE(truths.met.all().item<bool>());
  EXPECT_FALSE(truths.broken.any().item<bool>());
}

TEST(RowCondition, RefusesRowsWithTooFewColumns) {
  RowCondition condition;
  condition.parts = {combination({4})};
  EXPECT_EQ(testing_support::message_of([&] { judge(condition, at::zeros({3, 2}, at::kDouble)); }),
            "condition: expected rows of at least 5 columns, got 2");
}

TEST(RowCondition, TellsCombinationsOfOtherColumnsApart) {
  const Tensor rows = at::tensor({1.0, 2.0, 2.0, 1.0, 1.0, 2.0}, at::kDouble).view({2, 3});
  RowCondition first = combination({0, 1}), second = combination({1, 0}), third = combination({1, 2});
  const Tensor known = combinations_in(first, rows.narrow(0, 0, 1));
  for (RowCondition* one : {&first, &second, &third}) know(*one, known);
  EXPECT_TRUE(judge(first, rows).met[0].item<bool>());
  EXPECT_FALSE(judge(first, rows).met[1].item<bool>()) << "2 and 1 are not 1 and 2";
  EXPECT_FALSE(judge(third, rows).met.any().item<bool>()) << "of columns that were not looked at";
  EXPECT_EQ(combinations_in(RowCondition(), rows).numel(), 0);
}

TEST(RowCondition, TakesBothZerosAndAllNaNsForOne) {
  const double nan = std::nan("");
  RowCondition condition = combination({0});
  know(condition, combinations_in(condition, at::tensor({0.0, nan}, at::kDouble).view({2, 1})));
  EXPECT_TRUE(
      judge(condition, at::tensor({-0.0, -nan, std::nan("7")}, at::kDouble).view({3, 1})).met.all().item<bool>());
}

}  // namespace
}  // namespace saddle
