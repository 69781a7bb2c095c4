// Tests of histograms and calibration of logits.
#include "saddle/report/logits.h"

#include <gtest/gtest.h>

#include <numeric>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"

namespace saddle {
namespace {

TEST(HistogramLogits, CountsEveryRowOnce) {
  const Tensor p = at::arange(1000, at::kDouble) / 100, q = p - 5;
  const LogitHistogram found = histogram_logits(p, q, 30);
  ASSERT_EQ(found.edges.size(), 31U);
  EXPECT_TRUE(std::is_sorted(found.edges.begin(), found.edges.end()));
  for (const auto* shares : {&found.p, &found.q})
    EXPECT_NEAR(std::accumulate(shares->begin(), shares->end(), 0.0), 1, 1e-12);
  EXPECT_EQ(found.p.front(), 0);
  EXPECT_GT(found.q.front(), 0.02);
}

TEST(HistogramLogits, HasAWidthWhereAllLogitsAreEqual) {
  const LogitHistogram found = histogram_logits(at::zeros({10}), at::zeros({5}), 10);
  EXPECT_LT(found.edges.front(), 0);
  EXPECT_GT(found.edges.back(), 0);
  EXPECT_THROW(histogram_logits(at::zeros({0}), at::zeros({5})), Error);
}

/// The exact logits of N(0, 1) and N(1, 1), ten times as many of one side: every group lies within four of its standard
/// errors (false alarm: 12 groups, below 0.1 %).
TEST(CalibrationOf, FindsExactLogitsCalibratedForUnequalSamples) {
  Rng rng = make_rng(1, "calibration");
  const Tensor p = 0.5 - randn({20000}, rng), q = 0.5 - (randn({2000}, rng) + 1);
  const auto points = calibration_of(p, q);
  ASSERT_EQ(points.size(), 12U);
  for (const auto& point : points)
    EXPECT_NEAR(point.observed, point.predicted, 4 * std::sqrt(0.25 / 300)) << point.predicted;
}

TEST(CalibrationOf, ShowsOverconfidence) {
  Rng rng = make_rng(2, "calibration");
  const auto points = calibration_of(5 * randn({1000}, rng), 5 * randn({1000}, rng));
  EXPECT_GT(points.back().predicted, 0.99);
  EXPECT_NEAR(points.back().observed, 0.5, 0.2);
}

}  // namespace
}  // namespace saddle
