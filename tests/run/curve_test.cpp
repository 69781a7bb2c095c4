// Tests of thinned curves and of speed.
#include "saddle/run/curve.h"

#include <gtest/gtest.h>

namespace saddle {
namespace {

Curve wave(int64_t n) {
  Curve curve;
  for (int64_t i = 0; i < n; ++i)
    curve.push_back({i, 0.5 * static_cast<double>(i), std::sin(0.37 * static_cast<double>(i))});
  return curve;
}

double largest(const Curve& curve) {
  double most = curve.front().value;
  for (const auto& point : curve) most = std::max(most, point.value);
  return most;
}

}  // namespace

TEST(ThinCurve, LeavesAShortCurveAsItIs) { EXPECT_EQ(thin_curve(wave(2000), 2000).size(), 2000u); }

TEST(ThinCurve, KeepsEndsAndExtremesAndOrder) {
  Curve curve = wave(100'001);
  curve[77'777].value = 9;
  curve[33'333].value = -9;
  const Curve thin = thin_curve(curve, 2000);
  EXPECT_LE(thin.size(), 2000u);
  EXPECT_GT(thin.size(), 1900u);
  EXPECT_EQ(thin.front().samples, 0);
  EXPECT_EQ(thin.back().samples, 100'000);
  EXPECT_EQ(largest(thin), 9);
  EXPECT_TRUE(std::any_of(thin.begin(), thin.end(), [](const CurvePoint& p) { return p.value == -9; }));
  for (size_t i = 1; i < thin.size(); ++i) ASSERT_LT(thin[i - 1].samples, thin[i].samples);
}

TEST(ThinCurve, KeepsOnePointOfALevelStretch) {
  EXPECT_EQ(thin_curve(Curve(1000, CurvePoint{1, 1, 1}), 10).size(), 2u + 4u);
}

TEST(SpeedCurve, DividesSamplesBySeconds) {
  const Curve speed = speed_curve({{0, 0, 0}, {100, 2, 0}, {300, 4, 0}});
  ASSERT_EQ(speed.size(), 2u);
  EXPECT_EQ(speed[0].value, 50);
  EXPECT_EQ(speed[1].value, 100);
  EXPECT_EQ(speed[1].samples, 300);
}

TEST(SpeedCurve, NeverDividesByZeroAndAveragesOverShortSteps) {
  EXPECT_TRUE(speed_curve({}).empty());
  EXPECT_TRUE(speed_curve({{0, 0, 0}, {100, 0, 0}}).empty());
  const Curve speed = speed_curve(wave(100'000));
  EXPECT_LE(speed.size(), 200u);
  for (const auto& point : speed) EXPECT_NEAR(point.value, 2, 1e-9);
}

}  // namespace saddle
