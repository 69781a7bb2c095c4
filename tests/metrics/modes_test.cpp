// Tests of modes by classes.
#include "saddle/metrics/modes.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"

namespace saddle {
namespace {

MetricInput uniform(int64_t classes, int64_t n, int64_t m, Rng& rng) {
  MetricInput input;
  input.classes = classes;
  if (n > 0)
    input.p_classes = at::randint(0, classes, {n}, rng, at::TensorOptions(at::kLong));
  else
    input.class_shares = at::full({classes}, 1 / static_cast<double>(classes), at::kDouble);
  input.q_classes = at::randint(0, classes, {m}, rng, at::TensorOptions(at::kLong));
  return input;
}

}  // namespace

// Stacked digits: the floor is (K - 1) / (2 m) = 0.0192, the standard deviation of one sample's 0.0009.
TEST(ClassModes, OfAPerfectSamplerOfAThousandAreAllThere) {
  Rng rng = make_rng(1, "stacked digits");
  const std::vector<MetricValue> values = class_modes(uniform(1000, 0, 26'000, rng), {});
  EXPECT_EQ(values[0].name, "modes");
  EXPECT_EQ(values[0].estimate, 1000);
  EXPECT_NEAR(values[0].expected, 1000, 1e-6);
  EXPECT_EQ(values[1].name, "reverse_kl_modes");
  EXPECT_NEAR(values[1].estimate, 0.019, 0.002);
  EXPECT_NEAR(values[1].expected, 0.0192, 0.0005);
  EXPECT_LE(values[1].lower, values[1].expected);
  EXPECT_GE(values[1].upper, values[1].expected);
}

TEST(ClassModes, HaveTheSameFloorFromManyRowsAndTwiceThatFromAsMany) {
  Rng rng = make_rng(2, "counted");
  EXPECT_NEAR(class_modes(uniform(200, 200'000, 4000, rng), {})[1].expected, 199 / 8000.0, 0.002);
  EXPECT_NEAR(class_modes(uniform(200, 4000, 4000, rng), {})[1].expected, 199 / 4000.0, 0.004);
}

TEST(ClassModes, AreCountedAndWeighed) {
  MetricInput input;
  input.classes = 4;
  input.p_classes = at::tensor({0, 0, 0, 1, 1, 2}, at::kLong);
  input.q_classes = at::tensor({0, 0, 1, 3}, at::kLong);
  const std::vector<MetricValue> values = class_modes(input, {});
  EXPECT_EQ(values[0].estimate, 3);
  // Four of the six rows reach class 2 with probability 4/6, class 1 unless both are among the two left out.
  EXPECT_NEAR(values[0].expected, 1 + (1 - 1 / 15.0) + 4 / 6.0, 1e-9);
  // P's shares with half a row more each: 3.5, 2.5, 1.5 and 0.5 of 8.
  const double kl =
      0.5 * std::log(0.5 / (3.5 / 8)) + 0.25 * std::log(0.25 / (2.5 / 8)) + 0.25 * std::log(0.25 / (0.5 / 8));
  EXPECT_NEAR(values[1].estimate, kl, 1e-12);
}

TEST(ClassModes, MissingOnesAreNamed) {
  MetricInput input;
  input.classes = 5;
  input.p_classes = at::tensor({0, 1, 1, 1, 2, 4, 4}, at::kLong);
  input.q_classes = at::tensor({0, 3}, at::kLong);
  const std::vector<MissingMode> missing = missing_modes(input);
  ASSERT_EQ(missing.size(), 3);
  EXPECT_EQ(missing[0].mode, 1);
  EXPECT_DOUBLE_EQ(missing[0].p, 3 / 7.0);
  EXPECT_EQ(missing[1].mode, 4);
  EXPECT_EQ(missing[2].mode, 2);
}

// Groups of 20 rows of one class: twenty times fewer rows in truth, and a floor that knows it.
TEST(ClassModes, TakeGroupsForUnits) {
  Rng rng = make_rng(3, "groups");
  MetricInput input;
  input.classes = 10;
  input.p_groups = input.q_groups = at::arange(4000).floor_divide(20);
  for (Tensor* classes : {&input.p_classes, &input.q_classes})
    *classes = at::randint(0, 10, {200}, rng, at::TensorOptions(at::kLong)).index_select(0, input.p_groups);
  const MetricValue grouped = class_modes(input, {})[1];
  EXPECT_NEAR(grouped.expected, 9 / 200.0, 0.01);
  EXPECT_GT(grouped.upper, grouped.expected);
  input.p_groups = input.q_groups = Tensor();
  const MetricValue rows = class_modes(input, {})[1];
  EXPECT_LT(rows.upper - rows.lower, 0.5 * (grouped.upper - grouped.lower));
  EXPECT_NEAR(rows.expected, 9 / 4000.0, 0.001);
}

TEST(ClassModes, RefuseWhatIsNoClassAndSharesOfNothing) {
  Rng rng = make_rng(4, "refused");
  MetricInput input = uniform(10, 100, 100, rng);
  input.classes = 9;
  EXPECT_THROW(class_modes(input, {}), Error);
  input = uniform(10, 0, 100, rng);
  input.class_shares[3] = 0;
  EXPECT_THROW(class_modes(input, {}), Error);
  input.class_shares = at::full({9}, 1 / 9.0, at::kDouble);
  EXPECT_THROW(class_modes(input, {}), Error);
}

}  // namespace saddle
