// Tests of the schedule and of G's average.
#include "saddle/training/schedule.h"

#include <gtest/gtest.h>

#include "saddle/training/ema.h"

namespace saddle {
namespace {

TEST(MakeSchedule, EvaluatesFortyTimesWhereThatIsCheap) {
  EXPECT_EQ(make_schedule({}, 1'000'000, 2000).evaluate_every, 25000);
}

TEST(MakeSchedule, LetsTheCriticLookSeldomWhereThatIsDearButFourTimes) {
  EXPECT_EQ(make_schedule({}, 1'000'000, 2000).critic_every, 25000);
  EXPECT_EQ(make_schedule({}, 1'000'000, 2000, 5000).critic_every, 150000);
  EXPECT_EQ(make_schedule({}, 1'000'000, 2000, 1'000'000).critic_every, 250000);
}

TEST(MakeSchedule, EvaluatesLessOftenWhereEvaluationsWouldTakeTheTime) {
  EXPECT_GT(make_schedule({}, 1'000'000, 32000).evaluate_every, 50000);
  EXPECT_EQ(make_schedule({}, 10'000, 32000).evaluate_every, 2500);
}

TEST(PaceAt, LetsRatesFallLinearlyToZeroOverTheLastShareOfTheRun) {
  TrainOptions options;
  const Schedule schedule = make_schedule(options, 1000, 10);
  EXPECT_EQ(pace_at(options, schedule, 999).rate, 1);
  options.rate_decay = 0.5;
  EXPECT_EQ(pace_at(options, schedule, 400).rate, 1);
  EXPECT_DOUBLE_EQ(pace_at(options, schedule, 750).rate, 0.5);
  EXPECT_EQ(pace_at(options, schedule, 1000).rate, 0);
}

TEST(PaceAt, LetsRatesFallGeometricallyToTheirEnd) {
  TrainOptions options;
  options.rate_end = 0.01;
  EXPECT_EQ(pace_at(options, 0).rate, 1);
  EXPECT_DOUBLE_EQ(pace_at(options, 0.5).rate, 0.1);
  EXPECT_DOUBLE_EQ(pace_at(options, 1).rate, 0.01);
}

TEST(PaceAt, LetsPenaltiesFallGeometricallyToTheirEnd) {
  TrainOptions options;
  EXPECT_EQ(pace_at(options, 0.5).penalty, 1);
  options.penalty_end = 0.01;
  EXPECT_EQ(pace_at(options, 0).penalty, 1);
  EXPECT_DOUBLE_EQ(pace_at(options, 0.5).penalty, 0.1);
}

TEST(PaceAt, LetsNoiseFallGeometricallyAndEndBeforeTheRunDoes) {
  TrainOptions options;
  EXPECT_EQ(pace_at(options, 0).noise, 0);
  options.noise = 0.5;
  options.noise_end = 0.005;
  EXPECT_DOUBLE_EQ(pace_at(options, 0).noise, 0.5);
  EXPECT_DOUBLE_EQ(pace_at(options, 0.4).noise, 0.05);
  EXPECT_NEAR(pace_at(options, 0.7999).noise, 0.005, 1e-5);
  EXPECT_EQ(pace_at(options, 0.8).noise, 0);
  options.noise_end = 0.5;
  for (const double done : {0.0, 0.4, 0.8, 1.0}) EXPECT_EQ(pace_at(options, done).noise, 0.5) << done;
}

TEST(UpdateAverage, MovesHalfWayInOneHalfLife) {
  const NetworkOptions networks{"mlp", {2}, 2, 8, 8, 1, 0, {}, {}};
  auto average = make_generator(networks, 0), network = make_generator(networks, 1);
  average->set_requires_grad(false);
  const Tensor before = average->parameters()[0].second.clone(), target = network->parameters()[0].second;
  update_average(*average, *network, 100, 1'000'000, 100);
  EXPECT_TRUE(at::allclose(average->parameters()[0].second, (before + target) / 2));
}

}  // namespace
}  // namespace saddle
