// Tests of the scores of tables.
#include "saddle/metrics/table_scores.h"

#include <gtest/gtest.h>

#include <limits>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/io/file.h"
#include "saddle/io/safetensors.h"
#include "saddle/metrics/row_models.h"
#include "saddle/metrics/table_copies.h"
#include "saddle/metrics/table_likeness.h"
#include "saddle/metrics/table_utility.h"
#include "tests/support/files.h"

namespace saddle {
namespace {

using testing_support::message_of;

/// What tests/golden/table_scores.py says by numpy, SciPy and scikit-learn.
const Tensor& scores_golden(const std::string& name) {
  static const std::string path = SADDLE_GOLDEN "/table_scores.safetensors";
  static const TensorMap golden = decode_safetensors(read_file(path), path);
  return golden.at(name);
}

double golden_number(const std::string& name) { return scores_golden(name)[0].item<double>(); }

const Categorical kMixed = {false, false, false, true, true};

DealtRows deal(const Tensor& p, const Tensor& q) {
  Rng rng = make_rng(1, "parts");
  return {deal_parts({}, p.size(0), rng), deal_parts({}, q.size(0), rng)};
}

/// Two numbers that depend on each other, a level that depends on them, and one that does not.
Tensor depending_rows(int64_t n, Rng& rng) {
  const Tensor a = randn({n}, rng, at::kCPU, at::kDouble), b = 0.8 * a + 0.6 * randn({n}, rng, at::kCPU, at::kDouble);
  const Tensor level = (a + b + 0.5 * randn({n}, rng, at::kCPU, at::kDouble) > 0).to(at::kDouble);
  return at::stack({a, b, level, (3 * rand({n}, rng, at::kCPU, at::kDouble)).floor()}, 1);
}

ScoredTables depending_tables(uint64_t seed) {
  Rng rng = make_rng(seed, "tables");
  return {depending_rows(1600, rng),
          depending_rows(800, rng),
          depending_rows(900, rng),
          {false, false, true, true},
          2,
          "level"};
}

std::map<std::string, TableScore> by_name(const TableScores& found) {
  std::map<std::string, TableScore> scores;
  for (const TableScore& score : found.scores) scores[score.number->name] = score;
  return scores;
}

}  // namespace

TEST(TableLikeness, IsThatOfNumpyAndScipy) {
  const Tensor p = scores_golden("p"), q = scores_golden("q");
  EXPECT_NEAR(column_shapes(p, q, kMixed, deal(p, q)).whole, golden_number("shapes"), 1e-12);
  EXPECT_NEAR(column_pairs(p, q, kMixed, deal(p, q)).whole, golden_number("pairs"), 1e-12);
}

TEST(TableLikeness, WithoutAPartIsThatOfTheOtherRows) {
  const Tensor p = scores_golden("p"), q = scores_golden("q");
  const DealtRows parts = deal(p, q);
  const auto others = [](const Tensor& rows, const RowParts& dealt) {
    return rows.index_select(0, (at::tensor(dealt.of_row, at::kInt) != 3).nonzero().squeeze(1));
  };
  const Tensor fewer = others(q, parts.q);
  const LeftOut shapes = column_shapes(p, q, kMixed, parts), pairs = column_pairs(p, q, kMixed, parts);
  EXPECT_NEAR(shapes.q[3], column_shapes(p, fewer, kMixed, deal(p, fewer)).whole, 1e-12);
  EXPECT_NEAR(pairs.q[3], column_pairs(p, fewer, kMixed, deal(p, fewer)).whole, 1e-12);
  // of P the levels' and numbers' bins stay those of all rows
  const Tensor left = others(p, parts.p), numbers = at::arange(3, at::kLong);
  const auto of_numbers = [&](const Tensor& x) { return x.index_select(1, numbers); };
  const Categorical none(3, false);
  EXPECT_NEAR(column_shapes(of_numbers(p), of_numbers(q), none, parts).p[3],
              column_shapes(of_numbers(left), of_numbers(q), none, deal(left, q)).whole, 1e-12);
  EXPECT_NEAR(column_pairs(of_numbers(p), of_numbers(q), none, parts).p[3],
              column_pairs(of_numbers(left), of_numbers(q), none, deal(left, q)).whole, 1e-12);
}

TEST(RowCopies, AreThoseOfAllPairsByNumpy) {
  const Tensor q = scores_golden("q");
  const RowCopies found = find_row_copies(q, {scores_golden("train"), scores_golden("p")}, kMixed, 0);
  EXPECT_NEAR(found.distance.mean().item<double>(), golden_number("distance"), 1e-6);  // float32
  EXPECT_NEAR(found.nearer.mean().item<double>(), golden_number("nearer"), 1e-12);
  EXPECT_NEAR(found.exact.mean().item<double>(), golden_number("exact"), 1e-12);
}

TEST(AreaUnderRoc, IsThatOfScikitLearnWithTies) {
  const Tensor logits = scores_golden("logits"), truth = scores_golden("truth") > 0;
  EXPECT_NEAR(area_under_roc(logits.masked_select(truth), logits.masked_select(truth.logical_not())),
              golden_number("area"), 1e-12);
  EXPECT_TRUE(std::isnan(area_under_roc(logits, logits.slice(0, 0, 0))));
}

/// At least HistGradientBoostingClassifier's area less .01, and at most .03 more, on 2,000 rows to fit and 2,000 to
/// test, of two classes and of three.
TEST(TableUtility, IsNoLessThanThatOfScikitLearnsTrees) {
  const Tensor fitted = scores_golden("fitted"), tested = scores_golden("tested"), golden = scores_golden("auc");
  const Categorical categorical = {false, false, false, false, true, true};
  const RowParts parts = deal(tested, tested).p;
  const TargetClasses three(fitted, 5, true, "target");
  EXPECT_EQ(three.count(), 3);
  const auto expect_alike = [](double area, double theirs) {
    EXPECT_GT(area, theirs - 0.01);
    EXPECT_LT(area, theirs + 0.03);
  };
  expect_alike(table_utility({fitted, tested, categorical}, three, parts, 0).auc.whole, golden[1].item<double>());
  const auto first = [](const Tensor& rows) {
    return at::cat({rows.slice(1, 0, 5), (rows.slice(1, 5) == 0).to(at::kDouble)}, 1);
  };
  const TargetClasses two(first(fitted), 5, true, "target");
  expect_alike(table_utility({first(fitted), first(tested), categorical}, two, parts, 0).auc.whole,
               golden[0].item<double>());
}

TEST(TargetClasses, AreLevelsOrAboveTheMedian) {
  const double nan = std::nan("");
  const Tensor few = at::tensor({7.0, 5.0, nan, 7.0}, at::kDouble).unsqueeze(1);
  const TargetClasses levels(few, 0, false, "target");
  EXPECT_EQ(levels.count(), 3);
  EXPECT_TRUE(
      levels(at::tensor({5.0, 7.0, nan, 6.0}, at::kDouble).unsqueeze(1)).equal(at::tensor({0, 1, 2, -1}, at::kLong)));
  const TargetClasses median(at::arange(101, at::kDouble).unsqueeze(1), 0, false, "target");
  EXPECT_EQ(median.count(), 2);
  EXPECT_TRUE(median(at::tensor({50.0, 51.0, nan}, at::kDouble).unsqueeze(1)).equal(at::tensor({0, 1, 0}, at::kLong)));
  const Tensor codes = at::arange(30, at::kDouble).unsqueeze(1);
  EXPECT_EQ(message_of([&] { TargetClasses(codes, 0, true, "target 'x'"); }),
            "target 'x': expected at most 20 levels in P, got 30");
  EXPECT_NE(message_of([&] { TargetClasses(at::ones({5, 1}, at::kDouble), 0, false, "target 'x'"); }).find("got one"),
            std::string::npos);
}

TEST(RowModels, SeeWhatTheyShouldAndNoMore) {
  const ScoredTables tables = depending_tables(3);
  const auto area = [&](const RowModel& model, const Tensor& yes, const Tensor& no) {
    return area_under_roc(model(yes), model(no));
  };
  const auto of_level = [&](const Tensor& rows, double level) {
    return rows.index_select(0, (rows.select(1, 2) == level).nonzero().squeeze(1)).slice(1, 0, 2);
  };
  const TwoKinds kinds{of_level(tables.p, 1), of_level(tables.p, 0), {false, false}};
  for (const auto& fit : {fit_row_trees, fit_row_logistic})
    EXPECT_GT(area(fit(kinds, 1), of_level(tables.q, 1), of_level(tables.q, 0)), 0.93);
  const TwoKinds alone{of_level(tables.p, 1), of_level(tables.p, 5), {false, false}};
  EXPECT_GT(fit_row_trees(alone, 1)(tables.q.slice(1, 0, 2)).min().item<double>(), 5) << "one kind alone";
  const TwoKinds constant{at::ones({30, 1}, at::kDouble), at::ones({10, 1}, at::kDouble), {false}};
  EXPECT_NEAR(fit_row_trees(constant, 1)(at::ones({2, 1}, at::kDouble))[0].item<double>(), std::log(3.0), 1e-6);
}

TEST(TableScores, PutTheSampleBetweenItsReferences) {
  const TableScores found = score_tables(score_names(), depending_tables(1), {});
  const auto scores = by_name(found);
  ASSERT_EQ(found.rows, 800);
  ASSERT_EQ(found.scores.size(), 10U);
  EXPECT_TRUE(found.warnings.empty());
  for (const auto& [name, score] : scores)
    for (const ScoreValue& value : {score.sample, score.real, score.independent}) {
      EXPECT_LE(value.lower, value.estimate) << name;
      EXPECT_GE(value.upper, value.estimate) << name;
    }
  // Q is of P's distribution: five standard errors are a false alarm below 1e-5 a score
  for (const auto& [name, score] : scores)
    EXPECT_NEAR(score.sample.estimate, score.real.estimate,
                5 * std::hypot(score.sample.standard_error, score.real.standard_error) + 1e-9)
        << name;
  EXPECT_GT(scores.at("detection").independent.estimate, 0.75);
  EXPECT_LT(scores.at("detection_logistic").independent.upper, 0.6) << "which sees none of it";
  EXPECT_GT(scores.at("shapes").independent.lower, 0.9);
  EXPECT_GT(scores.at("utility_auc").real.estimate, 0.9);
  EXPECT_LT(scores.at("utility_auc").independent.estimate, 0.75);
}

TEST(TableScores, NameCopiesAndCollapse) {
  ScoredTables tables = depending_tables(2);
  tables.q = tables.train.slice(0, 0, 800).clone();
  const TableScores copied = score_tables({"copies"}, tables, {});
  ASSERT_EQ(copied.warnings.size(), 2U);
  EXPECT_NE(copied.warnings[0].find("100 % of Q's rows equal training rows"), std::string::npos);
  EXPECT_NE(copied.warnings[1].find("copying"), std::string::npos);
  Rng rng = make_rng(2, "collapse");
  const auto rare = [&](int64_t n, double share) {  // six columns of 20 rare levels beside a frequent one
    const Tensor u = rand({n, 6}, rng, at::kCPU, at::kDouble);
    return at::where(u < share, (20 * u / share).floor() + 1, 0.0);
  };
  const TableScores collapsed =
      score_tables({"copies"}, {rare(1600, 0.5), rare(800, 0.2), rare(900, 0.5), Categorical(6, true)}, {});
  ASSERT_EQ(collapsed.warnings.size(), 2U);
  EXPECT_NE(collapsed.warnings[1].find("collapse"), std::string::npos);
  const TableScores itself = score_tables({"copies"}, {tables.train, tables.p, tables.train, tables.categorical}, {});
  ASSERT_FALSE(itself.warnings.empty());
  EXPECT_NE(itself.warnings[0].find("P is not held out"), std::string::npos);
}

TEST(TableScores, AreTheSameTwice) {
  const TableScores a = score_tables(score_names(), depending_tables(4), {}),
                    b = score_tables(score_names(), depending_tables(4), {});
  for (size_t i = 0; i < a.scores.size(); ++i) EXPECT_EQ(a.scores[i].sample.estimate, b.scores[i].sample.estimate);
}

TEST(TableScores, TakeMissingValuesConstantsAndNewLevels) {
  ScoredTables tables = depending_tables(5);
  tables.p.select(1, 0).slice(0, 0, 300).fill_(std::nan(""));
  tables.p.select(1, 1).fill_(3);
  tables.q.select(1, 3).fill_(17);
  tables.q.select(1, 0).fill_(std::nan(""));
  const TableScores found = score_tables(score_names(), tables, {});
  for (const TableScore& score : found.scores) EXPECT_TRUE(std::isfinite(score.sample.estimate)) << score.number->name;
}

TEST(TableScores, RefuseWhatTheyCannotScore) {
  const ScoredTables tables = depending_tables(6);
  const auto message = [&](const char* name, const std::function<void(ScoredTables&)>& change) {
    ScoredTables changed = tables;
    change(changed);
    return message_of([&] { score_tables({name}, changed, {}); });
  };
  EXPECT_NE(message("fid", [](auto&) {}).find("unknown score 'fid'"), std::string::npos);
  EXPECT_NE(message("shapes", [](auto& t) { t.p = t.p.slice(0, 0, 99); }).find("at least 100 rows of P"),
            std::string::npos);
  EXPECT_NE(message("shapes", [](auto& t) { t.q = t.q.slice(1, 0, 3); }).find("4 columns of Q"), std::string::npos);
  EXPECT_NE(message("utility", [](auto& t) { t.target = -1; }).find("a column to predict"), std::string::npos);
  EXPECT_NE(message("copies", [](auto& t) { t.train = Tensor(); }).find("the training data"), std::string::npos);
  EXPECT_NE(message("pairs",
                    [](auto& t) {
                      for (auto* x : {&t.p, &t.q}) *x = x->slice(1, 0, 1);
                      t.categorical = {false};
                    })
                .find("two columns"),
            std::string::npos);
  EXPECT_NE(message("shapes",
                    [](auto& t) {
                      t.q = t.q.clone();
                      t.q[0][0] = std::numeric_limits<double>::infinity();
                    })
                .find("finite"),
            std::string::npos);
}

}  // namespace saddle
