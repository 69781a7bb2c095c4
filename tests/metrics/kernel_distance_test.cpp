// Tests of the kernel distance.
#include "saddle/metrics/kernel_distance.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/io/file.h"
#include "saddle/io/safetensors.h"
#include "saddle/metrics/metric.h"

namespace saddle {
namespace {

Tensor kernel_rows(int64_t n, int64_t d, uint64_t seed) {
  Rng rng = make_rng(seed, "kernel test");
  return randn({n, d}, rng, at::kCPU, at::kDouble);
}

Tensor kernels_of(const Tensor& x, const Tensor& y) {
  return (at::mm(x, y.t()) / static_cast<double>(x.size(1)) + 1).pow(3);
}

/// The mean kernel over pairs of rows of two groups.
double mean_kernel(const Tensor& x, const Tensor& groups) {
  return kernels_of(x, x).index({groups.unsqueeze(1) != groups}).mean().item<double>();
}

double kernel_by_definition(const Tensor& p, const Tensor& q) {
  return mean_kernel(p, at::arange(p.size(0))) + mean_kernel(q, at::arange(q.size(0))) -
         2 * kernels_of(p, q).mean().item<double>();
}

TEST(KernelDistance, IsThatOfTorchFidelityFromOneSubsetOfAllRows) {
  const std::string path = SADDLE_GOLDEN "/metrics.safetensors";
  const TensorMap golden = decode_safetensors(read_file(path), path);
  for (const char* name : {"equal", "shifted", "more_features"}) {
    const auto of = [&](const char* what) { return golden.at(std::string(name) + what); };
    const double theirs = of("/kd")[0].item<double>();
    EXPECT_NEAR(kernel_distance(of("/p"), of("/q")).distance, theirs, 1e-9 * theirs) << name;
    const double of_floats = kernel_distance(of("/p").to(at::kFloat), of("/q").to(at::kFloat)).distance;
    EXPECT_NEAR(of_floats, theirs, 1e-4 * theirs) << name << ", of features in float32";
  }
}

TEST(KernelDistance, IsItsDefinitionOverManyTilesOfUnequalSides) {
  const Tensor p = kernel_rows(2300, 7, 1) + 1, q = kernel_rows(1010, 7, 2) * 1.1 + 1;
  const KernelDistance ours = kernel_distance(p, q);
  const double exact = kernel_by_definition(p, q);
  EXPECT_NEAR(ours.distance, exact, 1e-10);
  EXPECT_NEAR(ours.all_pairs, exact, 1e-10);
  const KernelDistance of_floats = kernel_distance(p.to(at::kFloat), q.to(at::kFloat));
  EXPECT_NEAR(of_floats.distance, exact, 1e-5);
  EXPECT_NEAR(of_floats.upper, ours.upper, 1e-5);
}

TEST(KernelDistance, LeavesOutPairsOfOneGroup) {
  const Tensor p = kernel_rows(60, 5, 1), q = kernel_rows(40, 5, 2) + 0.2;
  Rng rng = make_rng(1, "groups");
  KernelOptions options;
  options.p_groups = at::randint(0, 20, {60}, rng, at::kLong);
  options.q_groups = at::arange(40).floor_divide(2);
  const KernelDistance ours = kernel_distance(p, q, options);
  EXPECT_NEAR(
      ours.distance,
      mean_kernel(p, options.p_groups) + mean_kernel(q, options.q_groups) - 2 * kernels_of(p, q).mean().item<double>(),
      1e-12);
  EXPECT_NEAR(ours.all_pairs, kernel_by_definition(p, q), 1e-12);
}

TEST(KernelDistance, DoesNotChangeWhereEachRowIsThereFourTimes) {
  const Tensor p = kernel_rows(200, 4, 1), q = kernel_rows(200, 4, 2) + 0.5;
  KernelOptions options;
  options.p_groups = options.q_groups = at::arange(200).repeat_interleave(4);
  const KernelDistance once = kernel_distance(p, q),
                       grouped = kernel_distance(p.repeat_interleave(4, 0), q.repeat_interleave(4, 0), options);
  EXPECT_NEAR(grouped.distance, once.distance, 1e-12);
  EXPECT_NEAR(grouped.lower, once.lower, 1e-10);
  EXPECT_NEAR(grouped.upper, once.upper, 1e-10);
}

TEST(KernelDistance, IsUnbiasedWhereBothAreEqual) {
  double sum = 0, squares = 0;
  constexpr int kRepeats = 200;
  for (uint64_t i = 0; i < kRepeats; ++i) {
    const double kd = kernel_distance(kernel_rows(50, 6, 2 * i), kernel_rows(30, 6, 2 * i + 1)).distance;
    sum += kd;
    squares += kd * kd;
  }
  EXPECT_LT(std::abs(sum), 4 * std::sqrt(squares));  // false alarm 6e-5
}

TEST(KernelDistance, HasBlocksOfAThousandRowsForNothing) {
  const Tensor p = kernel_rows(3100, 6, 1), q = kernel_rows(2000, 6, 2) + 0.3;
  const KernelDistance ours = kernel_distance(p, q);
  EXPECT_EQ(ours.blocks, 6);
  EXPECT_NEAR(ours.blocks_mean, ours.distance, 4 * ours.blocks_std);
  EXPECT_GT(ours.blocks_std, 0);
  EXPECT_EQ(kernel_distance(p.slice(0, 0, 999), q).blocks, 0);
  const KernelDistance one = kernel_distance(p.slice(0, 0, 1000), q.slice(0, 0, 1000));
  EXPECT_NEAR(one.blocks_mean, one.distance, 1e-12);
}

TEST(KernelDistance, HasNoIntervalForASampleWithItself) {
  const Tensor p = kernel_rows(300, 20, 1);
  EXPECT_TRUE(std::isnan(kernel_distance(p, p).lower));
  EXPECT_TRUE(std::isnan(kernel_distance(p.to(at::kFloat), p.to(at::kFloat)).lower));
}

TEST(KernelDistance, RefusesOtherShapes) {
  EXPECT_THROW(kernel_distance(kernel_rows(5, 3, 1), kernel_rows(5, 4, 1)), Error);
  EXPECT_THROW(kernel_distance(kernel_rows(1, 3, 1), kernel_rows(5, 3, 1)), Error);
  KernelOptions options;
  options.q_groups = at::zeros({5}, at::kLong);
  EXPECT_THROW(kernel_distance(kernel_rows(5, 3, 1), kernel_rows(5, 3, 1), options), Error);
}

TEST(Metrics, HaveDistancesWithIntervalsAndTheirBias) {
  MetricInput input;
  input.p = kernel_rows(1000, 5, 1);
  input.q = kernel_rows(1000, 5, 2) + 0.3;
  const std::vector<MetricValue> values = compute_metrics({"kd", "fd"}, input, {});
  ASSERT_EQ(values.size(), 2);
  EXPECT_EQ(values[0].expected, 0);
  EXPECT_EQ(values[0].details.front().first, "blocks_mean");
  EXPECT_NEAR(values[1].estimate, 0.45, 0.15);
  EXPECT_LT(values[1].expected, 0.1);
  EXPECT_TRUE(values[1].warnings.empty());
  for (const MetricValue& value : values) {
    EXPECT_LT(value.lower, value.estimate);
    EXPECT_GT(value.upper, value.estimate);
  }
}

}  // namespace
}  // namespace saddle
