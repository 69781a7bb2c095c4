// Claims of the scores of tables: that intervals hold the mean over samples of these sizes, and how often copies are
// named where there are some and where there are none.
#include "saddle/metrics/table_scores.h"

#include <gtest/gtest.h>

#include "saddle/base/rng.h"
#include "saddle/metrics/table_utility.h"
#include "tests/statistics/claims.h"

namespace saddle {
namespace {

using testing::expect_at_least;
using testing::expect_at_most;
using testing::repeats;

/// Rows of two numbers that go together as `rho` says, one of which sets the odds of a level, and a column of five.
Tensor table_rows(int64_t n, double rho, double shift, Rng& rng) {
  const auto normal = [&] { return randn({n}, rng, at::kCPU, at::kDouble); };
  const Tensor a = normal() + shift, b = rho * a + std::sqrt(1 - rho * rho) * normal();
  const Tensor level = (rand({n}, rng, at::kCPU, at::kDouble) < (2 * rho * a).sigmoid()).to(at::kDouble);
  const Tensor five = (5 * rand({n}, rng, at::kCPU, at::kDouble).square()).floor();
  return at::stack({a, b, level, five}, 1);
}

struct ScoredPair {
  const char* name;
  int64_t rows;
  double rho, shift;  // of Q; P has 0.6 and 0
};

std::vector<TableScores> score_repeatedly(const ScoredPair& pair, const std::vector<std::string>& names, double copied,
                                          int count) {
  std::vector<TableScores> repeated;
  for (int i = 0; i < count; ++i) {
    Rng rng = make_rng(static_cast<uint64_t>(i), pair.name);
    ScoredTables tables{table_rows(2 * pair.rows, 0.6, 0, rng),
                        table_rows(pair.rows, pair.rho, pair.shift, rng),
                        table_rows(2 * pair.rows, 0.6, 0, rng),
                        {false, false, true, true},
                        2,
                        "level"};
    const auto copies = static_cast<int64_t>(copied * static_cast<double>(pair.rows));
    tables.q = at::cat({tables.train.slice(0, 0, copies), tables.q.slice(0, copies)});
    ScoreOptions options;
    options.seed = static_cast<uint64_t>(i);
    repeated.push_back(score_tables(names, tables, options));
  }
  return repeated;
}

/// How often the intervals of a score hold at least: those of copies know nothing of other training rows.
double least_held(const std::string& name) { return name.starts_with("copies") ? 0.87 : 0.95; }

/// Says how often the intervals held the mean over all repeats.
void expect_scores_held(const ScoredPair& pair, const std::vector<TableScores>& repeated) {
  const auto count = static_cast<double>(repeated.size());
  for (size_t s = 0; s < repeated[0].scores.size(); ++s) {
    const std::string name = repeated[0].scores[s].number->name;
    double mean = 0;
    for (const TableScores& scores : repeated) mean += scores.scores[s].sample.estimate / count;
    int held = 0;
    for (const TableScores& scores : repeated) {
      const ScoreValue& value = scores.scores[s].sample;
      held += value.lower <= mean && mean <= value.upper ? 1 : 0;
    }
    expect_at_least((name + ", " + pair.name).c_str(), held, static_cast<int>(repeated.size()), least_held(name));
  }
}

}  // namespace

TEST(TableScoreInterval, HoldsTheMeanAtTheseSizes) {
  const ScoredPair pairs[] = {{"P = Q, 300 rows", 300, 0.6, 0},
                              {"P = Q, 1,000 rows", 1000, 0.6, 0},
                              {"a shift, 300 rows", 300, 0.6, 0.7},
                              {"independent, 600 rows", 600, 0, 0}};
  for (const ScoredPair& pair : pairs) {
    if (testing::is_short() && pair.rows > 300) continue;
    expect_scores_held(pair, score_repeatedly(pair, {"shapes", "pairs", "detection", "copies"}, 0, repeats(200, 8)));
  }
}

TEST(UtilityInterval, HoldsTheMeanOverTestRows) {
  const int count = repeats(300, 20);
  for (const double rho : {0.6, 0.0}) {  // of the rows that the model is fitted on
    Rng rng = make_rng(1, "utility");
    const Tensor fitted = table_rows(600, rho, 0, rng);
    const TargetClasses target(table_rows(600, 0.6, 0, rng), 2, true, "target");
    std::vector<std::vector<ScoreValue>> repeated(3);
    for (int i = 0; i < count; ++i) {
      const Tensor test = table_rows(300, 0.6, 0, rng);
      const DealtRows parts{deal_parts({}, test.size(0), rng), {}};
      const Utility found = table_utility({fitted, test, {false, false, true, true}}, target, parts.p, 1);
      const LeftOut numbers[] = {found.accuracy, found.f1, found.auc};
      for (size_t s = 0; s < 3; ++s) repeated[s].push_back(score_value(numbers[s], parts, 0.95, true));
    }
    const char* const names[] = {"accuracy", "F1", "AUC"};
    for (size_t s = 0; s < 3; ++s) {
      double mean = 0;
      for (const ScoreValue& value : repeated[s]) mean += value.estimate / count;
      const auto held = std::count_if(repeated[s].begin(), repeated[s].end(), [&](const ScoreValue& value) {
        return value.lower <= mean && mean <= value.upper;
      });
      const std::string claim = std::string(names[s]) + (rho > 0 ? ", learnt" : ", of independent columns");
      expect_at_least(claim.c_str(), static_cast<int>(held), count, 0.93);
    }
  }
}

TEST(TableCopies, AreNamedWhereThereAreSomeAndSeldomWhereNot) {
  const int count = repeats(300, 5);
  for (const double copied : {0.0, 0.05}) {
    int named = 0;
    const ScoredPair pair{"copies", 400, 0.6, 0};
    for (const TableScores& scores : score_repeatedly(pair, {"copies"}, copied, count))
      named += scores.warnings.empty() ? 0 : 1;
    if (copied == 0)
      expect_at_most("copies named where there are none", named, count, 0.01);
    else
      expect_at_least("5 % of copies named", named, count, 0.9);
  }
}

}  // namespace saddle
