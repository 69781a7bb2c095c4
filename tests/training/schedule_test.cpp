// Tests of the schedule and of G's average.
#include "saddle/training/schedule.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "saddle/training/ema.h"

namespace saddle {
namespace {

TEST(MakeSchedule, EvaluatesFortyTimesWhereThatIsCheap) {
  EXPECT_EQ(make_schedule({}, 1'000'000, 2000).evaluate_every, 25000);
}

TEST(MakeSchedule, EvaluatesLessOftenWhereEvaluationsWouldTakeTheTime) {
  EXPECT_GT(make_schedule({}, 1'000'000, 32000).evaluate_every, 50000);
  EXPECT_EQ(make_schedule({}, 10'000, 32000).evaluate_every, 2500);
}

TEST(RateFactor, FallsLinearlyToZeroOverTheLastShareOfTheRun) {
  const Schedule schedule = make_schedule({}, 1000, 10);
  EXPECT_EQ(rate_factor(schedule, 0, 999), 1);
  EXPECT_EQ(rate_factor(schedule, 0.5, 400), 1);
  EXPECT_DOUBLE_EQ(rate_factor(schedule, 0.5, 750), 0.5);
  EXPECT_EQ(rate_factor(schedule, 0.5, 1000), 0);
}

TEST(UpdateAverage, MovesHalfWayInOneHalfLife) {
  const NetworkOptions networks{"mlp", {2}, 2, 8, 8, 1, {}, {}};
  auto average = make_generator(networks, 0), network = make_generator(networks, 1);
  average->set_requires_grad(false);
  const Tensor before = average->parameters()[0].second.clone(), target = network->parameters()[0].second;
  update_average(*average, *network, 100, 1'000'000, 100);
  EXPECT_TRUE(at::allclose(average->parameters()[0].second, (before + target) / 2));
}

}  // namespace
}  // namespace saddle
