// Tests of the Frechet distance.
#include "saddle/metrics/frechet.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/io/file.h"
#include "saddle/io/safetensors.h"
#include "saddle/metrics/metric.h"

namespace saddle {
namespace {

/// Features, and the distances that other tools compute of them.
const TensorMap& frechet_golden() {
  static const std::string path = SADDLE_GOLDEN "/metrics.safetensors";
  static const TensorMap tensors = decode_safetensors(read_file(path), path);
  return tensors;
}

Tensor frechet_rows(int64_t n, int64_t d, uint64_t seed) {
  Rng rng = make_rng(seed, "frechet test");
  return randn({n, d}, rng, at::kCPU, at::kDouble);
}

/// Rows whose mean is `mean` and whose covariance is S = root' root, exactly, with divisor n - 1.
Tensor rows_with(const Tensor& mean, const Tensor& root, int64_t n, uint64_t seed) {
  const Tensor x = frechet_rows(n, root.size(0), seed), centred = x - x.mean(0);
  const Tensor own = at::linalg_cholesky(at::mm(centred.t(), centred) / static_cast<double>(n - 1));
  return at::mm(at::linalg_solve_triangular(own, centred.t(), /*upper=*/false).t(), root) + mean;
}

/// The distance from the formula: tr (A^(1/2) B A^(1/2))^(1/2), with A's root by eigenvectors.
double by_definition(const Tensor& p, const Tensor& q) {
  const Tensor a = p.t().cov(), b = q.t().cov(), shift = p.mean(0) - q.mean(0);
  const auto [values, vectors] = at::linalg_eigh(a);
  const Tensor root = at::mm(vectors * values.clamp_min(0).sqrt(), vectors.t());
  const Tensor both = at::linalg_eigvalsh(at::mm(at::mm(root, b), root)).clamp_min(0).sqrt();
  return (shift.square().sum() + a.trace() + b.trace() - 2 * both.sum()).item<double>();
}

FrechetOptions bare_frechet() {
  FrechetOptions options;
  options.confidence = 0;
  options.bias = false;
  return options;
}

double bare_distance(const Tensor& p, const Tensor& q) { return frechet_distance(p, q, bare_frechet()).distance; }

TEST(FrechetDistance, IsThatOfPytorchFidAndTorchFidelity) {
  for (const char* name : {"equal", "shifted", "uneven", "more_features"}) {
    const auto of = [&](const char* what) { return frechet_golden().at(std::string(name) + what); };
    const double ours = bare_distance(of("/p"), of("/q"));
    for (int64_t i = 0; i < of("/fd").size(0); ++i) {
      const double theirs = of("/fd")[i].item<double>();
      EXPECT_NEAR(ours, theirs, 1e-6 * theirs) << name << " " << i;
    }
  }
}

TEST(FrechetDistance, IsTheClosedFormOfTwoDiagonalNormals) {
  const Tensor a = at::tensor({1.0, 2.0, 0.5}, at::kDouble), b = at::tensor({1.5, 1.0, 0.5}, at::kDouble);
  const Tensor shift = at::tensor({0.3, -1.0, 0.0}, at::kDouble);
  const double ours =
      bare_distance(rows_with(at::zeros({3}, at::kDouble), at::diag(a), 50, 1), rows_with(shift, at::diag(b), 70, 2));
  EXPECT_NEAR(ours, (shift.square().sum() + (a - b).square().sum()).item<double>(), 1e-12);
}

TEST(FrechetDistance, IsSymmetricAndZeroOfASampleWithItself) {
  const Tensor p = frechet_rows(40, 6, 1), q = 2 * frechet_rows(60, 6, 2) + 1;
  EXPECT_NEAR(bare_distance(p, q), bare_distance(q, p), 1e-12);
  const FrechetDistance same = frechet_distance(p, p);
  EXPECT_NEAR(same.distance, 0, 1e-12);
  EXPECT_TRUE(std::isnan(same.lower)) << "the same rows show no variance";
}

TEST(FrechetDistance, IsRightWhereACovarianceIsSingular) {
  Tensor p = frechet_rows(80, 8, 1), q = frechet_rows(60, 8, 2) * 1.5;
  p.select(1, 3).fill_(7);                                // a constant feature
  q.select(1, 5).copy_(q.select(1, 4));                   // a feature twice
  q.select(1, 6).copy_(q.select(1, 0) + q.select(1, 1));  // and a sum
  EXPECT_NEAR(bare_distance(p, q), by_definition(p, q), 1e-7);
  const Tensor constant = at::ones({60, 8}, at::kDouble);
  EXPECT_NEAR(bare_distance(p, constant), by_definition(p, constant), 1e-12);
  EXPECT_EQ(bare_distance(constant, constant), 0);
}

TEST(FrechetDistance, IsTheSameByRowsAndByMoments) {
  const Tensor few = frechet_rows(20, 12, 1), more = 1.3 * frechet_rows(30, 12, 2) + 0.2;
  const auto wider = [](const Tensor& x) {
    return at::constant_pad_nd(x, {0, 40});
  };  // now rows are fewer than features
  const double ours = bare_distance(few, more);
  EXPECT_NEAR(bare_distance(wider(few), wider(more)), ours, 1e-10);
  EXPECT_NEAR(bare_distance(wider(few).slice(1, 0, 25), wider(more).slice(1, 0, 25)), ours, 1e-7) << "rows and moments";
}

TEST(FrechetDistance, IsTheSameWithAndWithoutIntervalAndBias) {
  const Tensor p = frechet_rows(200, 10, 1), q = frechet_rows(150, 10, 2) + 0.1;
  const FrechetDistance whole = frechet_distance(p, q);
  EXPECT_NEAR(whole.distance, bare_distance(p, q), 1e-12);
  EXPECT_LT(whole.lower, whole.distance);
  EXPECT_GT(whole.upper, whole.distance);
  EXPECT_EQ(whole.halves_rows, 100);
  EXPECT_NEAR(frechet_distance(p, q, {0.95, true, 1, {}, {}}).distance, whole.distance, 1e-12) << "another seed";
}

TEST(FrechetDistance, TakesHalfPrecisionRowsFarFromZero) {
  const Tensor p = frechet_rows(300, 5, 1) + 1000, q = frechet_rows(300, 5, 2) + 1000.5;
  EXPECT_NEAR(bare_distance(p.to(at::kFloat), q.to(at::kFloat)), bare_distance(p, q), 1e-3);
}

// The interval's variance is that of influences: those of finite differences, for a row that counts a little more.
TEST(FrechetDistance, HasTheIntervalOfItsJackknife) {
  const Tensor p = frechet_rows(400, 4, 1), q = 1.5 * frechet_rows(300, 4, 2) + 0.5;
  const auto without = [](const Tensor& x, int64_t row) { return at::cat({x.slice(0, 0, row), x.slice(0, row + 1)}); };
  std::vector<double> of_p, of_q;
  for (int64_t i = 0; i < p.size(0); ++i) of_p.push_back(bare_distance(without(p, i), q));
  for (int64_t i = 0; i < q.size(0); ++i) of_q.push_back(bare_distance(p, without(q, i)));
  const auto variance = [](const std::vector<double>& x) {
    const auto n = static_cast<double>(x.size());
    return (n - 1) * (n - 1) / n * at::tensor(x, at::kDouble).var().item<double>();
  };
  const FrechetDistance ours = frechet_distance(p, q);
  // half of the width from the equation of the interval, at its lower end
  const double t = 1.975, kappa = std::pow((ours.distance - ours.lower) / t, 2) / ours.lower;
  EXPECT_NEAR(kappa * ours.distance / (variance(of_p) + variance(of_q)), 1.1, 0.02);
}

TEST(FrechetDistance, TellsItsBiasWhereBothAreEqual) {
  // by numpy and scipy over 3,000 pairs of samples
  for (const auto& [rows, mean] : {std::pair<int64_t, double>{200, 0.2610}, {1000, 0.0520}}) {
    double expected = 0, infinite = 0;
    constexpr int kRepeats = 40;
    for (uint64_t i = 0; i < kRepeats; ++i) {
      const FrechetDistance fd = frechet_distance(frechet_rows(rows, 8, 2 * i), frechet_rows(rows, 8, 2 * i + 1));
      expected += fd.expected / kRepeats;
      infinite += fd.infinite / kRepeats;
    }
    EXPECT_NEAR(expected, mean, 0.16 * mean);  // four standard errors
    EXPECT_NEAR(infinite, 0, 0.16 * mean);
  }
}

TEST(FrechetDistance, TellsAllOfFewerRowsThanFeatures) {
  const FrechetDistance fd = frechet_distance(frechet_rows(120, 150, 1), frechet_rows(110, 150, 2));
  EXPECT_LT(fd.lower, fd.distance);
  EXPECT_GT(fd.upper, fd.distance);
  EXPECT_LT(fd.infinite, fd.distance);
  EXPECT_NEAR(fd.expected, fd.distance, 0.1 * fd.distance);
}

TEST(FrechetDistance, KeepsGroupsTogether) {
  // each row four times is one row four times: the interval must not shrink
  const Tensor p = frechet_rows(200, 4, 1), q = frechet_rows(200, 4, 2) + 0.5;
  const Tensor groups = at::arange(200).repeat_interleave(4);
  const FrechetDistance once = frechet_distance(p, q);
  FrechetOptions options;
  options.p_groups = options.q_groups = groups;
  const FrechetDistance grouped = frechet_distance(p.repeat_interleave(4, 0), q.repeat_interleave(4, 0), options);
  EXPECT_NEAR((grouped.upper - grouped.lower) / (once.upper - once.lower), 1, 0.02);
  EXPECT_NEAR(grouped.expected / once.expected, 1, 0.7);
  EXPECT_GT(grouped.halves, 0.5 * once.halves) << "copies of one row are on one side";
}

TEST(FrechetDistance, RefusesOtherShapes) {
  EXPECT_THROW(frechet_distance(frechet_rows(5, 3, 1), frechet_rows(5, 4, 1)), Error);
  EXPECT_THROW(frechet_distance(frechet_rows(1, 3, 1), frechet_rows(5, 3, 1)), Error);
  FrechetOptions options;
  options.p_groups = at::arange(4);
  EXPECT_THROW(frechet_distance(frechet_rows(5, 3, 1), frechet_rows(5, 3, 1), options), Error);
}

TEST(Metrics, NameTheKernelDistanceWhereRowsAreTooFewForAFrechetDistance) {
  MetricInput input;
  input.p = input.q = frechet_rows(99, 3, 1);
  try {
    compute_metrics({"fd"}, input, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(
        std::string(error.what()),
        "metric fd: expected at least 100 rows of P, got 99 (with so few its bias is larger than what it measures: "
        "use kd, the kernel distance, which has none)");
  }
}

}  // namespace
}  // namespace saddle
