// Tests of precision, recall, density and coverage.
#include "saddle/metrics/prdc.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"

namespace saddle {
namespace {

constexpr double kClose = 1e-6;  // torch-fidelity's means are float32

Tensor normals(int64_t n, int64_t d, Rng& rng) { return randn({n, d}, rng, at::kCPU, at::kDouble); }

/// What the definition says, from all distances.
std::vector<double> by_definition(const Tensor& p, const Tensor& q, int64_t k) {
  const auto squared = [](const Tensor& a, const Tensor& b) {
    return (a.to(at::kDouble).unsqueeze(1) - b.to(at::kDouble).unsqueeze(0)).square().sum(2);
  };
  const auto radius = [&](const Tensor& x) {
    Tensor own = squared(x, x);
    own.fill_diagonal_(INFINITY);
    return std::get<0>(own.sort(1)).select(1, k - 1);
  };
  const Tensor across = squared(p, q);
  const Tensor in_p = across < radius(p).unsqueeze(1), in_q = across < radius(q).unsqueeze(0);
  const auto mean = [](const Tensor& x) { return x.to(at::kDouble).mean().item<double>(); };
  return {mean(in_p.any(0)), mean(in_q.any(1)), mean(in_p) * static_cast<double>(p.size(0)) / static_cast<double>(k),
          mean(in_p.any(1))};
}

std::vector<double> estimates(const Tensor& p, const Tensor& q, const MetricOptions& options) {
  MetricInput input;
  input.p = p;
  input.q = q;
  std::vector<double> values;
  values.reserve(4);
  for (const MetricValue& value : prdc(input, options)) values.push_back(value.estimate);
  return values;
}

double choose(double n, double k) { return std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1)); }

}  // namespace

TEST(Prdc, IsWhatThePackagesSayWithTiesAndDuplicates) {
  std::ifstream file(SADDLE_GOLDEN "/neighbourhoods.json");
  const nlohmann::json cases = nlohmann::json::parse(file);
  for (const auto& [name, golden] : cases.items()) {
    const auto rows = [&golden](const char* side) {
      std::vector<double> numbers;
      numbers.reserve(1000);
      for (const auto& row : golden.at(side))
        for (const double x : row) numbers.push_back(x);
      return at::tensor(numbers, at::kDouble).view({static_cast<int64_t>(golden.at(side).size()), -1});
    };
    MetricOptions options;
    options.neighbours = golden.at("neighbours").get<int64_t>();
    const std::vector<double> open = estimates(rows("p"), rows("q"), options);
    const char* const names[] = {"precision", "recall", "density", "coverage"};
    for (size_t i = 0; i < 4; ++i) EXPECT_NEAR(open[i], golden.at(names[i]).get<double>(), 1e-12) << name << names[i];
    options.closed_balls = true;
    const std::vector<double> closed = estimates(rows("p"), rows("q"), options);
    EXPECT_NEAR(closed[0], golden.at("closed").at(0).get<double>(), kClose) << name;
    EXPECT_NEAR(closed[1], golden.at("closed").at(1).get<double>(), kClose) << name;
  }
}

// More than a tile of 1,024 rows, in float32 and far from 0, with rows that come twice and near copies.
TEST(Prdc, CountsByExactDistancesAcrossTiles) {
  Rng rng = make_rng(1, "tiles");
  const Tensor p = normals(1100, 12, rng).to(at::kFloat) + 300, q = normals(1300, 12, rng).to(at::kFloat) + 300;
  p.narrow(0, 1000, 100).copy_(p.narrow(0, 0, 100));
  q.narrow(0, 0, 200).copy_(p.narrow(0, 50, 200));
  q.narrow(0, 200, 200).copy_(p.narrow(0, 50, 200) + 0.0001);
  const std::vector<double> expected = by_definition(p, q, 5), got = estimates(p, q, {});
  for (size_t i = 0; i < 4; ++i) EXPECT_NEAR(got[i], expected[i], 1e-12) << i;
}

TEST(Prdc, TakesPForTheDataAndQForWhatIsGenerated) {
  Rng rng = make_rng(2, "swapped");
  // Two clusters of data of which one is generated: what there is looks real, but half is missing.
  const Tensor p = normals(400, 2, rng), q = normals(400, 2, rng);
  p.narrow(0, 0, 200) += 100;
  const std::vector<double> values = estimates(p, q, {});
  EXPECT_GT(values[0], 0.9);
  EXPECT_LT(values[1], 0.6);
  EXPECT_LT(values[3], 0.6);
}

TEST(Prdc, DoesNotDependOnAShiftAndAScaleOfBoth) {
  Rng rng = make_rng(3, "units");
  const Tensor p = normals(150, 6, rng), q = 1.2 * normals(200, 6, rng);
  const std::vector<double> values = estimates(p, q, {});
  EXPECT_EQ(estimates(p * 0x1p30 + 0x1p33, q * 0x1p30 + 0x1p33, {}), values);
  EXPECT_EQ(estimates(p * 0x1p-60, q * 0x1p-60, {}), values);
}

// The means of 60 draws of 80 and 120 rows are within 4 standard errors: fails once in 10,000 seeds.
TEST(Prdc, HasItsExpectedValuesWherePIsQ) {
  constexpr int kDraws = 60;
  Tensor values = at::empty({kDraws, 4}, at::kDouble), expected = at::empty({kDraws, 4}, at::kDouble);
  for (int draw = 0; draw < kDraws; ++draw) {
    Rng rng = make_rng(static_cast<uint64_t>(draw), "expected");
    MetricInput input;
    input.p = normals(120, 16, rng);
    input.q = normals(80, 16, rng);
    const std::vector<MetricValue> found = prdc(input, {});
    for (int64_t i = 0; i < 4; ++i) {
      values[draw][i] = found[static_cast<size_t>(i)].estimate;
      expected[draw][i] = found[static_cast<size_t>(i)].expected;
    }
  }
  EXPECT_NEAR(expected[0][3].item<double>(), 1 - choose(119, 5) / choose(199, 5), 1e-12);
  EXPECT_EQ(expected[0][2].item<double>(), 1);
  const Tensor difference = values - expected;
  const Tensor error = difference.std(0, true) / std::sqrt(static_cast<double>(kDraws));
  for (int64_t i = 0; i < 4; ++i)
    EXPECT_LT(std::abs(difference.mean(0)[i].item<double>()), 4 * error[i].item<double>() + 1e-12) << i;
}

TEST(Prdc, TakesGroupsForUnitsOfItsIntervals) {
  double of_groups = 0, of_rows = 0;  // the widths of coverage's intervals, which 20 groups alone say little of
  for (uint64_t draw = 0; draw < 8; ++draw) {
    Rng rng = make_rng(draw, "groups");
    MetricInput input;
    input.p_groups = at::arange(400).floor_divide(20);
    const Tensor centres = normals(20, 4, rng), spread = normals(400, 4, rng);
    input.p = centres.index_select(0, input.p_groups) + 0.3 * spread;
    input.q = normals(400, 4, rng);
    const std::vector<MetricValue> grouped = prdc(input, {});
    input.p_groups = Tensor();
    const std::vector<MetricValue> rows = prdc(input, {});
    for (size_t i = 0; i < 4; ++i) EXPECT_EQ(grouped[i].estimate, rows[i].estimate);
    EXPECT_EQ(grouped[0].details.at(1).second, 20);
    EXPECT_EQ(rows[0].details.at(1).second, 40);
    of_groups += grouped[3].upper - grouped[3].lower;
    of_rows += rows[3].upper - rows[3].lower;
    // Other people's faces are no near ones: halves that share no group know it.
    EXPECT_LT(grouped[3].expected, 0.9 * rows[3].expected);
  }
  EXPECT_GT(of_groups, 1.2 * of_rows);
}

TEST(Prdc, SaysWhereThereIsNoInterval) {
  Rng rng = make_rng(5, "one group");
  MetricInput input;
  input.p = normals(50, 2, rng);
  input.q = normals(50, 2, rng);
  input.p_groups = at::zeros({50}, at::kLong);
  for (const MetricValue& value : prdc(input, {})) {
    EXPECT_TRUE(std::isnan(value.lower)) << value.name;
    EXPECT_TRUE(std::isnan(value.expected)) << value.name;
    EXPECT_EQ(value.warnings.size(), 1) << value.name;
  }
}

TEST(Prdc, RefusesMoreNeighboursThanRows) {
  MetricInput input;
  input.p = at::zeros({5, 2});
  input.q = at::zeros({30, 2});
  EXPECT_THROW(prdc(input, {}), Error);
  input.p = at::zeros({30, 2});
  EXPECT_EQ(prdc(input, {})[1].estimate, 0);  // no ball of radius 0 holds anything
  MetricOptions options;
  options.closed_balls = true;
  EXPECT_EQ(prdc(input, options)[1].estimate, 1);
  options.neighbours = 101;
  EXPECT_THROW(prdc(input, options), Error);
}

}  // namespace saddle
