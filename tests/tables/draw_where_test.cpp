// Tests of rejection: what is kept, what it costs, and when it is given up.
#include "saddle/tables/draw_where.h"

#include <gtest/gtest.h>

#include "saddle/base/rng.h"
#include "tests/support/files.h"

namespace saddle {
namespace {

/// Uniform numbers, and how many were drawn.
struct UniformRows {
  Rng rng = make_rng(5, "draw_where");
  int64_t drawn = 0, largest = 0;

  Tensor operator()(int64_t n) {
    drawn += n;
    largest = std::max(largest, n);
    return rand({n, 1}, rng).to(at::kDouble);
  }
};

RowRule below(double limit) {
  RowRule rule;
  rule.kept = [limit](const Tensor& rows) { return rows.index({rows.select(1, 0) < limit}); };
  rule.name = "--where 'u < x'";
  rule.hint = "loosen it";
  return rule;
}

TEST(DrawWhere, KeepsIndependentDrawsInTheirOrder) {
  UniformRows source, same;
  RowRule rule = below(0.25);
  const Tensor rows = draw_where(std::ref(source), rule, 3000), all = same(source.drawn);
  EXPECT_TRUE(at::equal(rows, all.index({all.select(1, 0) < 0.25}).narrow(0, 0, 3000)));
  EXPECT_EQ(rule.count.drawn, source.drawn);
  EXPECT_NEAR(rule.count.share(), 0.25, 0.02);  // 5 standard errors
  EXPECT_LT(source.drawn, 3000 / 0.25 * 1.3);
}

TEST(DrawWhere, DrawsTheSameRowsEveryTime) {
  UniformRows a, b;
  RowRule rule = below(0.01);
  EXPECT_TRUE(at::equal(draw_where(std::ref(a), rule, 500), draw_where(std::ref(b), rule, 500)));
  EXPECT_EQ(rule.count.drawn, a.drawn + b.drawn) << "of all calls";
}

TEST(DrawWhere, WithoutARuleDrawsWhatIsAskedFor) {
  UniformRows source;
  RowRule rule;
  EXPECT_EQ(draw_where(std::ref(source), rule, 17).size(0), 17);
  EXPECT_EQ(source.drawn, 17);
  rule = below(0.5);
  EXPECT_EQ(draw_where(std::ref(source), rule, 0).sizes(), at::IntArrayRef({0, 1}));
}

TEST(DrawWhere, SaysHowRareRowsAreThatItNeverSaw) {
  UniformRows source;
  RowRule rule = below(-1);
  EXPECT_EQ(
      testing_support::message_of([&] { draw_where(std::ref(source), rule, 5); }),
      "--where 'u < x': expected rows that meet it, got none of 1,000,000 drawn: fewer than 3 in a million do, 95 % "
      "sure (loosen it)");
  EXPECT_EQ(source.drawn, 1'000'000);
  EXPECT_LE(source.largest, 65'536);
}

TEST(DrawWhere, GivesUpEarlyWhereRowsAreTooRare) {
  UniformRows source;
  RowRule rule = below(2e-5);
  const std::string text = testing_support::message_of([&] { draw_where(std::ref(source), rule, 1'000'000); });
  EXPECT_NE(text.find("expected 1,000,000 rows that meet it, got "), std::string::npos) << text;
  EXPECT_NE(text.find("too few within 1,000,000,000 draws (loosen it)"), std::string::npos) << text;
  EXPECT_LT(source.drawn, 1'100'000);
}

TEST(DrawWhere, ReportsAlongTheWay) {
  UniformRows source;
  RowRule rule = below(0.5);
  std::vector<int64_t> kept;
  rule.progress = [&](const DrawCount& count, int64_t wanted) {
    EXPECT_EQ(wanted, 100'000);
    kept.push_back(count.kept);
  };
  draw_where(std::ref(source), rule, 100'000);
  EXPECT_GT(kept.size(), 2U);
  EXPECT_TRUE(std::is_sorted(kept.begin(), kept.end()));
  EXPECT_GE(kept.back(), 100'000);
}

TEST(DrawCountShareBelow, IsAboveThePoissonLimitOf95Percent) {
  // P(X <= k) = 0.05 at the limit: chi2.ppf(0.95, 2 k + 2) / 2 of SciPy
  const std::vector<std::pair<int64_t, double>> exact = {
      {0, 2.9957}, {1, 4.7439}, {2, 6.2958}, {5, 10.5130}, {10, 16.9622}, {100, 118.0790}, {10'000, 10'166.0}};
  for (const auto& [kept, limit] : exact) {
    const double below = DrawCount{1'000'000, kept}.share_below() * 1e6;
    EXPECT_GE(below, limit) << kept;
    EXPECT_LE(below, 1.25 * limit) << kept;
  }
  EXPECT_EQ(DrawCount().share_below(), 1);
}

TEST(ShareText, IsPercentOrInAMillion) {
  EXPECT_EQ(share_text(1), "100 %");
  EXPECT_EQ(share_text(0.1234), "12.3 %");
  EXPECT_EQ(share_text(3e-6), "3 in a million");
}

}  // namespace
}  // namespace saddle
