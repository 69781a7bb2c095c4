// Tests of the evaluation critic, of the search for the best moment and of the rule to stop.
#include "saddle/training/evaluation_divergence.h"

#include <gtest/gtest.h>

#include "saddle/base/rng.h"
#include "tests/support/toy_game.h"

namespace saddle {
namespace {

using test::ToyGame;

EvaluationDivergence look(int64_t samples, double js, double error) {
  EvaluationDivergence s;
  s.samples = samples;
  s.js = js;
  s.standard_error = error;
  return s;
}

EvaluationDivergence blurred(int64_t samples, double ladder, double error) {
  EvaluationDivergence s = look(samples, 0.69, 0.001);
  s.blurred = ladder;
  s.blurred_error = error;
  return s;
}

/// Rows of N(0, 1) and, in the first of `dim` coordinates, N(shift, 1).
EvaluationRows normal_rows(int64_t n, int64_t dim, double shift, Rng& rng) {
  Tensor real = randn({n, dim}, rng), fake = randn({n, dim}, rng);
  fake.select(1, 0) += shift;
  return {real, fake};
}

TEST(MeasureEvaluationDivergence, EstimatesTheDivergenceOfTwoNormals) {
  Rng rng = make_rng(1, "rows");
  const auto [s, report] = measure_evaluation_divergence(normal_rows(1000, 1, 1, rng), normal_rows(1000, 1, 1, rng),
                                                         normal_rows(1000, 1, 1, rng), 0);
  EXPECT_NEAR(s.js, 0.111421, 0.05);  // of N(0,1) and N(1,1); five standard errors: false alarm below 1e-6
  EXPECT_NEAR(report.js, 0.111421, 0.05);
  EXPECT_LT(report.standard_error, 0.02);
  EXPECT_LT(report.certified_lower, 0.111421);  // false alarm 5 % for another seed
  EXPECT_GT(report.certified_lower, 0.04);
  EXPECT_TRUE(std::isnan(s.blurred) && std::isnan(report.blurred));
}

TEST(MeasureEvaluationDivergence, SteersByNoRowThatItReportsOn) {
  Rng rng = make_rng(4, "rows");
  const EvaluationRows fitting = normal_rows(200, 2, 9, rng), steering = normal_rows(200, 2, 9, rng);
  const auto [a, told] = measure_evaluation_divergence(fitting, steering, normal_rows(200, 2, 9, rng), 0);
  const auto [b, other] = measure_evaluation_divergence(fitting, steering, normal_rows(300, 2, 2, rng), 0);
  EXPECT_TRUE(at::equal(pack(a), pack(b)));
  EXPECT_NE(told.js, other.js);
}

TEST(MeasureEvaluationDivergence, TellsGeneratorsApartBySaturatedLadders) {
  Rng rng = make_rng(2, "rows");
  const Tensor real = randn({1000, 2}, rng) * 0.01;
  const Tensor centres = (at::arange(1000, at::kFloat) / 100).floor().unsqueeze(1);
  const auto shifted = [&](float by) { return real + centres + at::tensor({by, 0.0F}); };
  const auto stands = [&](float by) {
    const EvaluationRows rows = {real + centres, shifted(by)};
    return measure_evaluation_divergence(rows, rows, rows, 0).first;
  };
  const EvaluationDivergence near = stands(0.1F), far = stands(2.5F);
  EXPECT_TRUE(near.saturated() && far.saturated());
  EXPECT_LT(near.blurred + 3 * near.blurred_error, far.blurred);
  EXPECT_GT(change_of(near, far).rise, 0);
}

TEST(MeasureEvaluationDivergence, EstimatesTheDivergenceOfImagesUnderNoiseAtFixedLevels) {
  // two pictures at a distance of 2.008: under noise the JSD is that of N(0, 1) and N(2.008 / sigma, 1)
  const auto pictures = [](double level) { return at::full({400, 1, 8, 8}, 2 * level / 255 - 1, at::kFloat); };
  const EvaluationRows rows = {pictures(100), pictures(132)};
  const auto [steers, report] = measure_evaluation_divergence(rows, rows, rows, 0);
  const std::vector<double> levels = {0.25, 1, 4}, exact = {0.69306, 0.33859, 0.03054};
  ASSERT_EQ(report.noise.size(), levels.size());
  for (size_t i = 0; i < levels.size(); ++i) {
    EXPECT_EQ(report.noise[i].sigma, levels[i]);
    EXPECT_NEAR(report.noise[i].js, exact[i], 0.05) << levels[i];  // three standard errors in the middle
    EXPECT_LE(report.noise[i].certified_lower, exact[i]);          // false alarm 5 % for another seed
  }
  EXPECT_TRUE(steers.saturated());
  EXPECT_NEAR(steers.blurred, (exact[0] + exact[1] + exact[2]) / 3, 0.05);
}

TEST(MeasureEvaluationDivergence, LooksAtImagesUnderNoiseWhereTheyAreNotToldApartToo) {
  Rng rng = make_rng(5, "rows");
  const auto pictures = [&] { return rand({200, 1, 8, 8}, rng) * 2 - 1; };
  const EvaluationRows rows = {pictures(), pictures()};
  const auto [steers, report] = measure_evaluation_divergence(rows, {pictures(), pictures()}, rows, 0);
  EXPECT_FALSE(steers.saturated());
  EXPECT_EQ(report.noise.size(), 3);
  EXPECT_LT(steers.blurred, 0.1);
}

TEST(EvaluationRows, AreFewerInAShortRun) {
  EXPECT_EQ(critic_rows(640, /*images=*/false), 500);
  EXPECT_EQ(critic_rows(100'000, false), 1000);
  EXPECT_EQ(critic_rows(2'000'000, false), evaluation_budget(false).fitted);
  EXPECT_EQ(critic_rows(32, true), 150);
  EXPECT_EQ(critic_rows(1'000'000, true), evaluation_budget(true).fitted);
}

TEST(MeasureEvaluationDivergence, DependsOnItsRowsAndSeedAlone) {
  Rng rng = make_rng(3, "rows");
  const EvaluationRows rows = normal_rows(100, 2, 9, rng);
  const EvaluationDivergence a = measure_evaluation_divergence(rows, rows, rows, 4).first,
                             b = measure_evaluation_divergence(rows, rows, rows, 4).first;
  EXPECT_EQ(a.js, b.js);
  EXPECT_EQ(a.blurred, b.blurred);
}

TEST(SnapshotSearch, TakesTheLatestWithinOneErrorOfTheSmallest) {
  SnapshotSearch search;
  EXPECT_TRUE(search.take(look(1, 0.30, 0.02)));
  EXPECT_TRUE(search.take(look(2, 0.20, 0.02)));
  EXPECT_TRUE(search.take(look(3, 0.21, 0.02)));    // within an error of the smallest
  EXPECT_FALSE(search.take(look(4, 0.225, 0.02)));  // of the latest, but not of the smallest: it cannot drift away
  EXPECT_EQ(search.best(), 3);
}

TEST(SnapshotSearch, LetsTheLadderDecideAboveSaturation) {
  SnapshotSearch search;
  EXPECT_TRUE(search.take(blurred(1, 0.5, 0.01)));
  EXPECT_TRUE(search.take(blurred(2, 0.3, 0.01)));
  EXPECT_FALSE(search.take(blurred(3, 0.4, 0.01)));
  EXPECT_TRUE(search.take(look(4, 0.55, 0.01)));
  EXPECT_FALSE(search.take(blurred(5, 0.1, 0.01)));
}

TEST(SnapshotSearch, AddsSmallGainsUpToAnImprovement) {
  SnapshotSearch search;
  for (int64_t i = 0; i < 8; ++i) search.take(look(i + 1, 0.3 - 0.01 * static_cast<double>(i), 0.02));
  EXPECT_GT(search.improved(), 1);
  EXPECT_GE(search.improved(), 4);
  SnapshotSearch restored;
  restored.set_state(search.state());
  EXPECT_EQ(restored.best(), search.best());
  EXPECT_EQ(restored.improved(), search.improved());
}

TEST(StopRule, StopsWhereNothingImprovesForThePatience) {
  SnapshotSearch search;
  StopRule rule;
  for (int64_t i = 1; i <= 20; ++i) {
    search.take(look(100 * i, i < 5 ? 0.5 / static_cast<double>(i) : 0.125, 0.01));
    const std::string why = rule.take(100 * i, 1000, search, {});
    EXPECT_EQ(!why.empty(), 100 * i >= 1400) << why;
  }
}

TEST(StopRule, StopsWhereTheGapStaysOpenAndNotAtOneWideGap) {
  SnapshotSearch search;
  StopRule once, steady;
  EXPECT_EQ(once.take(1, 1000, search, {0.9, 0.01}), "");
  EXPECT_EQ(once.take(2, 1000, search, {0.1, 0.01}), "");
  std::string why;
  for (int64_t i = 1; i <= 5; ++i) why = steady.take(i, 1000, search, {0.5, 0.1});
  EXPECT_NE(why.find("overfitting"), std::string::npos);
  for (int64_t i = 1; i <= 9; ++i) EXPECT_EQ(once.take(i, 1000, search, {0.5, 0.2}), "");  // not significant
}

TEST(OverfittingGap, IsTheDifferenceOfBothValues) {
  const OverfittingGap gap = overfitting_gap(at::full({50}, 2.0), at::full({40}, -1.0));
  EXPECT_NEAR(gap.gap, std::log(1 / (1 + std::exp(-2.0))) - std::log(1 / (1 + std::exp(1.0))), 1e-12);
  EXPECT_EQ(gap.error, 0);
}

/// A run of the toy game that keeps its best moments.
struct MeasuredGame {
  ToyGame game;
  std::vector<int64_t> best;
  Checkpoint stopped;

  Outcome play(int64_t stop_at, const Checkpoint* from = nullptr) {
    game.is_measured = game.has_independent_critic = true;
    auto trainer = game.trainer();
    if (from != nullptr) trainer->restore(*from);
    TrainHooks hooks;
    hooks.best = [&](const Checkpoint& c) { best.push_back(c.samples); };
    hooks.progress = [&](const Progress& p) { return p.samples < stop_at; };
    hooks.save = [&](const Checkpoint& c) {
      stopped = c;
      for (auto& [name, tensor] : stopped.tensors) tensor = tensor.clone();
    };
    const Outcome outcome = trainer->run({64 * 120, 64 * 10, 64 * 20, 64 * 60, 64 * 20}, hooks);
    reason = trainer->reason();
    return outcome;
  }
  std::string reason;
};

TEST(Trainer, MeasuresItsDivergenceOnTheGridAndGoesOnExactly) {
  MeasuredGame whole, early, late;
  whole.play(1 << 30);
  early.play(64 * 70);
  late.play(1 << 30, &early.stopped);
  std::vector<double> looks, halves;
  for (const auto& r : whole.game.sink.records)
    if (r.name == "standing/jsd") looks.push_back(r.value);
  for (const MeasuredGame* run : {&early, &late})
    for (const auto& r : run->game.sink.records)
      if (r.name == "standing/jsd") halves.push_back(r.value);
  EXPECT_EQ(looks.size(), 6U);
  EXPECT_EQ(looks, halves);
  early.best.insert(early.best.end(), late.best.begin(), late.best.end());
  EXPECT_EQ(whole.best, early.best);
  EXPECT_TRUE(at::equal(whole.stopped.tensors.at("standing"), late.stopped.tensors.at("standing")));
}

TEST(Trainer, ReportsOnRowsThatSteerNothing) {
  const auto play = [](uint64_t reported_on) {
    auto run = std::make_unique<MeasuredGame>();
    run->game.reporting = test::Blobs(reported_on);
    run->game.critic_reporting = test::Blobs(reported_on + 1);
    run->game.options.critic_steps = 0;  // D is stopped by held-out rows
    run->game.options.most_critic_steps = 20;
    run->game.options.converged_over = 10;
    run->game.options.stop = "auto";
    run->game.options.patience = 64 * 40;
    run->play(1 << 30);
    return run;
  };
  const auto a = play(11), b = play(21);
  for (const auto& [name, tensor] : a->stopped.tensors)
    if (!name.starts_with("sampler.") && !name.starts_with("waiting.") && name != "last") {
      EXPECT_TRUE(at::equal(tensor, b->stopped.tensors.at(name))) << name;
    }
  EXPECT_EQ(a->best, b->best);
  EXPECT_EQ(a->reason, b->reason);
  const auto reported = [](const MeasuredGame& run, const std::string& name) {
    std::vector<double> numbers;
    for (const auto& record : run.game.sink.records)
      if (record.name == name) numbers.push_back(record.value);
    return numbers;
  };
  for (const char* name : {"select/value", "select/jsd_at_least", "standing/jsd", "staleness/value_before"}) {
    EXPECT_FALSE(reported(*a, name).empty()) << name;
    EXPECT_NE(reported(*a, name), reported(*b, name)) << name;
  }
}

TEST(Trainer, StopsByItselfWhereItIsAskedToAndSaysWhy) {
  MeasuredGame run;
  run.game.options.stop = "auto";
  run.game.options.patience = 64 * 20;
  run.game.options.generator_rate = 1e-9;  // G stands still
  EXPECT_EQ(run.play(1 << 30), Outcome::finished);
  EXPECT_NE(run.reason.find("not improved"), std::string::npos);
  EXPECT_LT(run.stopped.samples, 64 * 120);
  EXPECT_EQ(run.stopped.facts.at("reason"), run.reason);
}

}  // namespace
}  // namespace saddle
