// Tests the critics, their combination, and what it certifies.
#include "saddle/critics/fit_critic.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/critics/logistic.h"
#include "saddle/critics/portfolio.h"
#include "saddle/critics/prepare_rows.h"
#include "tests/critics/support.h"

namespace saddle {
namespace {

using testing::kRingJs;
using testing::kShift1Js;
using testing::ring;
using testing::shifted_normal;

CriticFit fit(const Tensor& p, const Tensor& q, uint64_t seed = 0) {
  CriticOptions options;
  options.seed = seed;
  return fit_critic(p, q, options);
}

// The estimate's standard error is 0.0021 at 20,000 rows, so about 0.0043 at 5,000: four of them are exceeded once in
// 15,000 seeds.
TEST(FitCritic, EstimatesTheJsdOfTwoNormals) {
  Rng rng = make_rng(1, "test");
  const CriticFit result = fit(shifted_normal(5000, 1, 0, rng), shifted_normal(5000, 1, 1, rng));
  EXPECT_NEAR(result.js, kShift1Js, 0.017);
  EXPECT_NEAR(result.js_standard_error, 0.0043, 0.001);
  EXPECT_LE(result.js_certified_lower, kShift1Js);
  EXPECT_GE(result.js_certified_lower, 0.07);
  EXPECT_NEAR(result.accuracy, 0.6915, 0.025);
  EXPECT_LE(result.tv_certified_lower, 0.3829);
  EXPECT_GE(result.tv_certified_lower, 0.28);
  EXPECT_LE(result.value.lower, result.value.estimate);
  EXPECT_GE(result.value.upper, result.value.estimate);
}

TEST(FitCritic, SeesALostModeAmongNarrowOnes) {
  Rng rng = make_rng(2, "test");
  const CriticFit result = fit(ring(5000, 8, 0, rng), ring(5000, 8, 1, rng));
  EXPECT_NEAR(result.js, kRingJs, 0.01);  // standard error 0.0018: five and a half
  EXPECT_LE(result.js_certified_lower, kRingJs);
  EXPECT_GE(result.js_certified_lower, 0.015);
}

// A valid 95 % bound, four of them with Bonferroni, is above 0 at P = Q in at most 5 % of the seeds: of 20, more than 5
// once in 3,000 times. Betting bounds are more careful than that.
TEST(FitCritic, SeldomCertifiesADifferenceWherePEqualsQ) {
  int above = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Rng rng = make_rng(seed, "test");
    above += fit(shifted_normal(300, 2, 0, rng), shifted_normal(300, 2, 0, rng), seed).js_certified_lower > 0 ? 1 : 0;
  }
  EXPECT_LE(above, 5);
}

TEST(FitCritic, ReachesLog2OnDisjointSupports) {
  Rng rng = make_rng(3, "test");
  const Tensor p = rand({2000, 1}, rng), q = rand({2000, 1}, rng) + 2;
  const CriticFit result = fit(p, q);
  EXPECT_GT(result.js, 0.68);
  EXPECT_LE(result.js, std::log(2.0));
  EXPECT_LT(result.js_certified_lower, std::log(2.0));
  ASSERT_EQ(result.warnings.size(), 1U);
  EXPECT_NE(result.warnings[0].find("log 2"), std::string::npos);
}

TEST(FitCritic, SaysWhenItHadTooFewRowsToConverge) {
  Rng rng = make_rng(11, "test");
  const CriticFit result = fit(shifted_normal(100, 40, 0, rng), shifted_normal(100, 40, 2, rng));
  ASSERT_EQ(result.warnings.size(), 1U);
  EXPECT_NE(result.warnings[0].find("not converged"), std::string::npos);
}

TEST(FitCritic, GivesTheSameForTheSameSeed) {
  Rng rng = make_rng(4, "test");
  const Tensor p = shifted_normal(500, 3, 0, rng), q = shifted_normal(700, 3, 0.5, rng);
  const CriticFit a = fit(p, q, 7), b = fit(p, q, 7);
  EXPECT_EQ(a.js, b.js);
  EXPECT_TRUE(at::equal(a.p_logits, b.p_logits));
  EXPECT_EQ(a.q_logits.size(0), 700);
}

TEST(FitCritic, TellsHowFarItIs) {
  Rng rng = make_rng(12, "test");
  std::vector<double> shares;
  CriticOptions options;
  options.progress = [&](const std::string&, double share) { shares.push_back(share); };
  fit_critic(shifted_normal(200, 1, 0, rng), shifted_normal(200, 1, 1, rng), options);
  EXPECT_GT(shares.size(), 10U);
  EXPECT_TRUE(std::is_sorted(shares.begin(), shares.end()));
  EXPECT_NEAR(shares.back(), 1, 1e-9);
}

TEST(FitCritic, TellsImagesApart) {
  Rng rng = make_rng(5, "test");
  const Tensor p = rand({300, 1, 12, 12}, rng) - 0.5, q = rand({300, 1, 12, 12}, rng) - 0.5;
  q.slice(2, 3, 5).slice(3, 3, 5) += 1;
  EXPECT_GT(fit(p, q).js, 0.5);
}

TEST(FitCritic, LivesWithColumnsThatAreConstantDoubledOrEnormous) {
  Rng rng = make_rng(6, "test");
  const auto widen = [](const Tensor& x) { return at::cat({x, x, at::full_like(x, 3)}, 1); };
  const CriticFit result = fit(widen(shifted_normal(2000, 1, 0, rng)), widen(shifted_normal(2000, 1, 1, rng)));
  EXPECT_NEAR(result.js, kShift1Js, 0.03);
  const CriticFit enormous = fit(1e300 * shifted_normal(500, 2, 0, rng), 1e300 * shifted_normal(500, 2, 3, rng));
  EXPECT_GT(enormous.js, 0.4);
  const CriticFit same = fit(at::ones({100, 2}), at::ones({100, 2}));
  EXPECT_EQ(same.js, 0);
  EXPECT_EQ(same.js_certified_lower, 0);
}

// The standard error is about 0.008 at 1,500 rows: five of them.
TEST(FitCritic, CellsAtTheEndsOfFloat64HideNothing) {
  for (const int64_t column : {0, 1}) {  // beside the difference, and in its own column
    Rng rng = make_rng(16, "test");
    Tensor p = shifted_normal(1500, 2, 0, rng), q = shifted_normal(1500, 2, 1, rng);
    p[7][column] = q[9][column] = std::numeric_limits<double>::max();
    q[11][column] = std::numeric_limits<double>::lowest();
    p[5][column] = std::numeric_limits<double>::denorm_min();
    EXPECT_NEAR(fit(p, q).js, kShift1Js, 0.04) << column;
  }
}

// Constant rows have no critic to fit, so that many of them cost nothing.
TEST(FitCritic, IsFittedOnAPartOfVeryManyRowsAndJudgedOnOthers) {
  const CriticFit result = fit(at::ones({600'000, 1}), at::ones({300'000, 1}));
  EXPECT_EQ(result.p_fitted, kMostFitted);
  EXPECT_EQ(result.p_logits.size(0), kMostJudged);
  EXPECT_EQ(result.q_logits.size(0), 300'000 - kMostFitted);
  EXPECT_EQ(std::get<0>(at::_unique2(result.p_rows)).size(0), kMostJudged);
  const CriticFit unequal = fit(at::ones({300'000, 1}), at::ones({90, 1}));
  EXPECT_EQ(unequal.p_fitted, kMostFitted);
  EXPECT_EQ(unequal.q_fitted, 60);
  EXPECT_EQ(unequal.p_logits.size(0), 300'000);
}

TEST(FitCritic, RefusesWhatItCannotMeasure) {
  EXPECT_THROW(fit(at::zeros({100, 2}), at::zeros({100, 3})), Error);
  EXPECT_THROW(fit(at::zeros({49, 2}), at::zeros({100, 2})), Error);
  EXPECT_THROW(fit(at::full({100, 1}, NAN), at::zeros({100, 1})), Error);
}

/// Rows of N(0, I) against N((1, 0, ..), I), in the critics' form.
Labelled labelled(int64_t n, int64_t d, uint64_t seed) {
  Rng rng = make_rng(seed, "labelled");
  const Tensor p = shifted_normal(n, d, 0, rng), q = shifted_normal(n, d, 1, rng);
  return PrepareRows(at::cat({p, q}))(p, q);
}

// Every critic for points learns a shift by one standard deviation: V's gain over chance is at least half of what an
// oracle has. The standard error of the held-out value is 0.02.
TEST(CriticKinds, LearnAShift) {
  Rng rng = make_rng(7, "test");
  for (const int64_t d : {2, 20}) {
    const Tensor p = shifted_normal(3000, d, 0, rng), q = shifted_normal(3000, d, 1, rng);
    const PrepareRows prepare(at::cat({p, q}));
    const auto part = [&](int64_t from, int64_t to) { return prepare(p.slice(0, from, to), q.slice(0, from, to)); };
    const Labelled train = part(0, 1500), held = part(1500, 2000), test = part(2000, 3000);
    for (const CriticKind& kind : critic_kinds()) {
      if (!kind.suits(train)) continue;
      const Critic critic = kind.fit(train, held, 1);
      const double scale = fit_logistic(critic(held).unsqueeze(1), held, 1)[0].item<double>();
      EXPECT_GT(weighted_value(critic(test) * scale, test), -2 * std::log(2.0) + kShift1Js) << kind.name << " in " << d;
    }
  }
}

TEST(CriticKinds, SeeNothingWhereThereIsNothingToSee) {
  Rng rng = make_rng(8, "test");
  const Tensor p = at::ones({200, 1}, at::kDouble), q = at::ones({200, 1}, at::kDouble);
  const Labelled rows = PrepareRows(at::cat({p, q}))(p, q);
  EXPECT_EQ(rows.x.size(1), 0);
  for (const CriticKind& kind : critic_kinds()) EXPECT_FALSE(kind.suits(rows)) << kind.name;
}

// A logistic regression on one feature: at its minimum the gradient vanishes, to float32's precision.
TEST(FitLogistic, EndsWhereTheGradientVanishes) {
  const Labelled rows = labelled(2000, 3, 9);
  for (const double ridge : {0.0, 100.0}) {
    const Tensor w = fit_logistic(rows.x, rows, ridge);
    const Tensor residual = (at::sigmoid(logistic_logits(rows.x, w)) - rows.label) * rows.weight;
    const Tensor gradient = at::mv(rows.x.t(), residual) + ridge * w.slice(0, 0, 3);
    EXPECT_LT((gradient / 4000).abs().max().item<double>(), 2e-3) << ridge;
  }
}

// Six copies of a column of size 1000: the curvature has the eigenvalue 6e6 and, but for rounding, five zeros.
TEST(FitLogistic, LivesWithFeaturesThatRepeatEachOther) {
  Labelled rows = labelled(2000, 2, 9);
  rows.x = at::cat({rows.x, (1000 * rows.x.slice(1, 0, 1)).expand({rows.size(), 6})}, 1);
  const Tensor w = fit_logistic(rows.x, rows, 1e-3);
  EXPECT_GT(weighted_value(logistic_logits(rows.x, w), rows), -2 * std::log(2.0) + 0.01);
}

// In-sample V overstates and held-out V understates by k / (2 N) a side in JSD (Wilks): references of the docs. 400
// fits of 21 weights on 400 rows: the mean of each is known to 0.0007.
TEST(FitLogistic, OverstatesInSampleByWilks) {
  double in_sample = 0, held_out = 0;
  constexpr int kFits = 100;
  for (uint64_t seed = 0; seed < kFits; ++seed) {
    Rng rng = make_rng(seed, "wilks");
    const Tensor x = randn({800, 20}, rng);
    Labelled fit_on;
    fit_on.x = x.slice(0, 0, 400);
    fit_on.label = at::cat({at::ones({200}), at::zeros({200})});
    fit_on.weight = at::ones({400});
    Labelled fresh = fit_on;
    fresh.x = x.slice(0, 400);
    const Tensor w = fit_logistic(fit_on.x, fit_on, 0);
    in_sample += weighted_value(logistic_logits(fit_on.x, w), fit_on) / 2 + std::log(2.0);
    held_out += weighted_value(logistic_logits(fresh.x, w), fresh) / 2 + std::log(2.0);
  }
  EXPECT_NEAR(in_sample / kFits, 0.025, 0.004);
  EXPECT_NEAR(held_out / kFits, -0.0285, 0.004);
}

TEST(PrepareRows, DrawsInHeavyTailsAndDecorrelates) {
  Rng rng = make_rng(10, "test");
  const Tensor u = rand({5000, 1}, rng, at::kCPU, at::kDouble);
  const Tensor cauchy = (3.141592653589793 * (u - 0.5)).tan();
  const Tensor rows = at::cat({cauchy, cauchy + 0.1 * randn({5000, 1}, rng, at::kCPU, at::kDouble)}, 1);
  const Labelled prepared = PrepareRows(rows)(rows, rows.slice(0, 0, 0));
  EXPECT_TRUE(at::isfinite(prepared.x).all().item<bool>());
  const Tensor covariance = at::mm(prepared.white.t(), prepared.white) / 5000;
  EXPECT_TRUE(at::allclose(covariance, at::eye(2), 1e-3, 1e-3));
}

TEST(PrepareRows, GivesTheSameAtEveryScaleAndFarFromZero) {
  Rng rng = make_rng(11, "test");
  const Tensor rows = (shifted_normal(800, 2, 0, rng) * 1048576).round() / 1048576, none = rows.slice(0, 0, 0);
  const Labelled plain = PrepareRows(rows)(rows, none);
  for (const int power : {-1020, -512, 500, 512, 1020}) {
    const Tensor scaled = rows * std::ldexp(1.0, power), mixed = at::stack({rows.select(1, 0), scaled.select(1, 1)}, 1);
    for (const Tensor& x : {scaled, mixed})
      EXPECT_LT((PrepareRows(x)(x, none).x - plain.x).abs().max().item<double>(), 1e-5) << power;
  }
  const Tensor moved = rows + 1.7e9;
  EXPECT_LT((PrepareRows(moved)(moved, none).x - plain.x).abs().max().item<double>(), 1e-5);
}

TEST(PrepareRows, KeepsTheOrderOfNumbersOverAllOfFloat64) {
  std::vector<double> numbers;
  for (int power = -1074; power < 1024; power += 7)
    for (const double sign : {-1.0, 1.0}) numbers.push_back(std::ldexp(sign, power));
  std::sort(numbers.begin(), numbers.end());
  const Tensor rows = at::tensor(numbers, at::kDouble).unsqueeze(1);
  const Tensor x = PrepareRows(rows)(rows, rows.slice(0, 0, 0)).x.select(1, 0);
  EXPECT_TRUE(x.isfinite().all().item<bool>());
  EXPECT_TRUE((x.slice(0, 1) >= x.slice(0, 0, -1)).all().item<bool>());
  EXPECT_GT(std::get<0>(at::_unique(x)).numel(), 100);  // all but those far below the scale
  const Tensor ends = at::tensor({-1.7e308, -1.6e308, 1.6e308, 1.7e308}, at::kDouble).repeat({50}).unsqueeze(1);
  const Tensor apart = PrepareRows(ends)(ends, ends.slice(0, 0, 0)).x;
  EXPECT_TRUE(apart.isfinite().all().item<bool>());
  EXPECT_EQ(std::get<0>(at::_unique(apart)).numel(), 4);
}

}  // namespace
}  // namespace saddle
