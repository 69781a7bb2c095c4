// The laboratory's sides: what they show, that looking changes nothing, ways back, and the Dirac-GAN's rates.
#include "saddle/lab/laboratory.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "saddle/lab/known_game.h"
#include "saddle/lab/lab_pictures.h"
#include "saddle/lab/lab_targets.h"
#include "saddle/objectives/regularizer.h"
#include "saddle/run/run_contents.h"
#include "saddle/training/trained_run.h"

namespace saddle {
namespace {

using nlohmann::json;

Laboratory laboratory(const std::vector<LabSetup>& setups) { return Laboratory(make_sides(setups)); }

LabSetup small(const std::string& target) {
  LabSetup setup;
  setup.target = target;
  setup.train.generator_width = setup.train.discriminator_width = 16;
  setup.train.layers = 2;
  setup.train.batch_size = 64;
  return setup;
}

json row_of(Laboratory& laboratory, size_t side = 0) { return json::parse(laboratory.frames()[side].row); }
json picture_of(Laboratory& laboratory) { return json::parse(laboratory.frames()[0].picture); }
json start_of(const Laboratory& laboratory) { return json::parse(laboratory.sides()[0]->start()); }

TEST(Laboratory, ShowsAllThatTheContractNames) {
  for (const char* target : {"two_normals", "ring"}) {
    Laboratory one = laboratory({small(target)});
    one.play(3);
    const json start = start_of(one), frame = picture_of(one), row = row_of(one);
    const bool line = start["dim"] == 1;
    EXPECT_EQ(row.size(), start["columns"].size());
    EXPECT_EQ(row[0], 3);
    EXPECT_EQ(start["reals"].size(), 64);
    EXPECT_EQ(frame["fakes"].size(), 48);
    EXPECT_EQ(frame["fakes"][0].size(), line ? 3 : 5);
    EXPECT_EQ(frame["generator_steps"], 3);
    EXPECT_EQ(frame["samples"], 3 * 64);
    if (line) {
      for (const char* name : {"q", "d", "d_star"}) EXPECT_EQ(frame[name].size(), start["x"].size()) << name;
    } else {
      for (const char* name : {"q", "d", "d_star"})
        EXPECT_EQ(frame[name].get<std::string>().size(), 4 * 64 * 64 / 3 + 3) << name;
    }
  }
}

TEST(Laboratory, ReadsTheExactValuesOfTheTheory) {
  Laboratory one = laboratory({small("two_normals")});
  one.play(20);
  const json row = row_of(one), start = start_of(one), frame = picture_of(one);
  // columns: turn, js, js_error, value, value_max
  EXPECT_NEAR(row[4].get<double>(), 2 * (row[1].get<double>() - std::log(2.0)), 1e-5);
  EXPECT_LE(row[3].get<double>(), row[4].get<double>() + 1e-6);
  for (size_t i = 0; i < start["x"].size(); ++i) {
    const double p = start["p"][i], q = frame["q"][i], best = frame["d_star"][i];
    if (p + q > 1e-3) {
      EXPECT_NEAR(best, p / (p + q), 2e-3);
    }
  }
}

TEST(Laboratory, IsNotChangedByLooking) {
  Laboratory looked = laboratory({small("ring")}), alone = laboratory({small("ring")});
  for (int k = 0; k < 6; ++k) {
    looked.play(1);
    looked.frames();
    looked.sides()[0]->detail()();
    looked.keep();
  }
  alone.play(6);
  EXPECT_EQ(row_of(looked), row_of(alone));
  EXPECT_EQ(looked.frames()[0].picture, alone.frames()[0].picture);
}

TEST(Laboratory, GoesBackToTheVerySnapshot) {
  LabSetup setup = small("ring");
  setup.train.regularizer = "r1/2";
  Laboratory one = laboratory({setup});
  one.play(10);
  one.keep();
  one.play(5);
  const std::string then = one.frames()[0].picture;
  EXPECT_EQ(one.go_back(std::nullopt), 10);
  one.play(5);
  EXPECT_EQ(one.frames()[0].picture, then);
  EXPECT_EQ(one.go_back(3), 0);
  EXPECT_EQ(one.kept(), std::vector<int64_t>{0});
}

TEST(Laboratory, ShowsTheSamePartOfTheLineOnAllSides) {
  LabSetup far = small("normal");
  far.offset = 6;
  Laboratory one = laboratory({small("normal"), far});
  const json a = json::parse(one.sides()[0]->start()), b = json::parse(one.sides()[1]->start());
  EXPECT_EQ(a["box"], b["box"]);
  EXPECT_GT(a["box"]["high"][0], 1 + 6 * 0.8);  // the normal is N(1, 0.8^2)
}

TEST(Laboratory, RestartsFromTheSameSeed) {
  Laboratory one = laboratory({small("moons")});
  const std::string first = one.frames()[0].picture;
  one.play(4);
  EXPECT_NE(one.frames()[0].picture, first);
  one.restart();
  EXPECT_EQ(one.turn(), 0);
  EXPECT_EQ(one.frames()[0].picture, first);
}

TEST(Laboratory, GoesOnUnderAnotherRateAndStartsAnewUnderAnotherWidth) {
  LabSetup setup = small("two_normals");
  Laboratory one = laboratory({setup});
  one.play(8);
  const json before = row_of(one);
  setup.train.generator_rate = 0.02;
  setup.train.regularizer = "gradient_penalty=0.1";
  EXPECT_TRUE(one.change(make_sides({setup})));
  EXPECT_EQ(row_of(one)[1], before[1]);
  EXPECT_EQ(one.turn(), 8);
  one.play(2);
  EXPECT_NE(row_of(one)[1], before[1]);
  setup.train.generator_width = 8;
  EXPECT_FALSE(one.change(make_sides({setup})));
  EXPECT_EQ(one.turn(), 0);
}

TEST(Laboratory, PlaysOnePlayerAlone) {
  Laboratory one = laboratory({small("two_normals")});
  const json before = picture_of(one);
  one.move(Move::discriminator_step);
  const json after = picture_of(one);
  EXPECT_EQ(after["q"], before["q"]);
  EXPECT_NE(after["d"], before["d"]);
  one.move(Move::generator_step);
  const json moved = picture_of(one);
  EXPECT_NE(moved["q"], after["q"]);
  EXPECT_EQ(moved["d"], after["d"]);
  EXPECT_EQ(one.turn(), 1);
}

TEST(Laboratory, TakesBackOneMoveAtATime) {
  Laboratory one = laboratory({small("two_normals")});
  std::vector<std::string> seen = {one.frames()[0].picture};
  for (const Move move : {Move::discriminator_step, Move::discriminator_step, Move::generator_step}) {
    one.move(move);
    one.keep();
    seen.push_back(one.frames()[0].picture);
  }
  for (size_t k = 3; k-- > 0;) {
    one.go_back(std::nullopt);
    EXPECT_EQ(one.frames()[0].picture, seen[k]) << k;
  }
  EXPECT_EQ(one.kept(), std::vector<int64_t>{0});
}

TEST(Laboratory, ReadsNoDivergenceWhereGIsTheExactMap) {
  for (const char* target : {"normal", "two_normals", "three_normals", "leaning_normal"}) {
    LabSetup setup = small(target);
    setup.generator = "exact";
    Laboratory one = laboratory({setup});
    one.play(10);
    const json row = row_of(one);
    EXPECT_LT(row[1].get<double>(), 1e-4) << target;
    EXPECT_NEAR(row[4].get<double>(), -2 * std::log(2.0), 2e-4) << target;
    EXPECT_EQ(one.sides()[0]->failure(), "") << target;
  }
}

TEST(GameSide, TellsThatItIsNotFiniteAndGoesBack) {
  const auto side = make_side(small("two_normals"), extent_of(small("two_normals")));
  const LabFrame first = side->frame(0);
  const Checkpoint good = side->snapshot();
  Checkpoint bad = good;
  for (auto& [name, tensor] : bad.tensors)
    if (name.starts_with("generator.")) tensor = at::full_like(tensor, std::nan(""));
  side->go_back(bad);
  const LabFrame broken = side->frame(1);
  EXPECT_NE(side->failure(), "");
  EXPECT_EQ(json::parse(broken.row).size(), json::parse(first.row).size());
  EXPECT_EQ(broken.picture, first.picture);
  EXPECT_FALSE(side->play(Move::discriminator_turn));
  side->go_back(good);
  EXPECT_EQ(side->failure(), "");
  EXPECT_EQ(side->frame(0).row, first.row);
}

TEST(Laboratory, FitsAMixtureThatNeverGetsLessLikely) {
  LabSetup setup = small("ring");
  setup.player = "mixture";
  Laboratory one = laboratory({setup});
  double last = -1e9;
  for (int k = 0; k < 25; ++k) {
    const json row = row_of(one);
    EXPECT_GE(row[4].get<double>(), last - 1e-9);
    last = row[4];
    one.play(1);
  }
  // the mixture's KL by nodes against its mean log-likelihood on many draws: KL = E log p - E log q
  const auto density = lab_target("ring", "");
  Rng rng = make_rng(3, "test");
  const Tensor x = density->sample(200'000, rng);
  const json row = row_of(one);
  EXPECT_NEAR(row[3].get<double>(), density->mean_log_likelihood(x) - row[4].get<double>(), 0.06);
}

/// The distance from the equilibrium after 500 turns from (1, 1) at the rate 0.2.
double distance_after(const std::string& objective, const std::string& regularizer, int64_t turns = 500,
                      double noise = 0) {
  LabSetup setup;
  setup.train.noise = noise;
  setup.player = "dirac";
  setup.train.objective = objective;
  setup.train.regularizer = regularizer;
  setup.train.generator_rate = setup.train.discriminator_rate = 0.2;
  Laboratory one = laboratory({setup});
  one.play(turns);
  return row_of(one)[3];
}

TEST(DiracSide, CirclesWithoutARegulariserAndFallsWithOne) {
  // eigenvalues of one alternating turn at the equilibrium, by Mescheder et al. 2018: 1 without, 0.96954 with R1 = 0.3
  EXPECT_GT(distance_after("minimax", "none"), 0.5);
  const double early = distance_after("minimax", "r1=0.3/1", 200), late = distance_after("minimax", "r1=0.3/1", 400);
  EXPECT_NEAR(std::pow(late / early, 1.0 / 200), 0.96954, 0.002);
  EXPECT_LT(late, 1e-3);
  // with noise it falls to what 64 points of it leave
  EXPECT_LT(distance_after("minimax", "none", 500, 0.7), 0.3);
}

TEST(Details, ReadMoreFinelyWhatFramesRead) {
  for (const char* target : {"two_normals", "ring"}) {
    Laboratory one = laboratory({small(target)});
    one.play(30);
    const json row = row_of(one), detail = json::parse(one.sides()[0]->detail()());
    EXPECT_NEAR(detail["js"].get<double>(), row[1].get<double>(), 2e-2) << target;
    EXPECT_LE(detail["js_error"].get<double>(), 2e-3) << target;
    EXPECT_NEAR(detail["value"].get<double>(), row[3].get<double>(), 5e-2) << target;
    EXPECT_LE(detail["value"].get<double>(), 2 * (detail["js"].get<double>() - std::log(2.0)) + 1e-6) << target;
    EXPECT_EQ(detail["estimate"]["draws"], 1000) << target;
  }
}

TEST(Details, FollowGFromWhereDLastMovedHoweverManyStepsThatWas) {
  Laboratory one = laboratory({small("two_normals")});
  one.play(20);
  one.move(Move::discriminator_turn);
  EXPECT_TRUE(json::parse(one.sides()[0]->detail()())["step"].is_null());
  const double fitted = row_of(one)[3];
  for (int k = 0; k < 5; ++k) one.move(Move::generator_step);
  const json step = json::parse(one.sides()[0]->detail()())["step"];
  EXPECT_NEAR(step["value"][0].get<double>(), fitted, 1e-3);
}

TEST(StepUntilParting, FindsWhereVAndItsMaximumPart) {
  const auto density = lab_target("normal", "");
  const Target target = make_target(density);
  // G(z) = 0.8 z + 1 + shift, and the D that is best at no shift: constant 0, with V = -2 log 2 everywhere
  const auto path = [](double multiple) {
    return [multiple](const Tensor& z) { return 0.8 * z + 1 + 0.1 + 0.02 * multiple; };
  };
  const auto constant = [](const Tensor& x) { return at::zeros({x.size(0)}, at::kDouble); };
  const StepPicture step = step_until_parting(target, constant, path);
  // the gap is 2 JSD all along; it has grown by a tenth of that where JSD has
  const auto js = [&](double multiple) { return compare(target, path(multiple)).js; };
  ASSERT_GT(step.parts_at, 0);
  EXPECT_NEAR(js(step.parts_at) / js(0), 1.1, 0.02);
  for (size_t i = 0; i < step.multiples.size(); ++i) {
    EXPECT_NEAR(step.value[i], -2 * std::log(2.0), 1e-9);
    EXPECT_GE(step.value_max[i], step.value[i] - 1e-9);
  }
  EXPECT_GE(step.multiples.back(), step.parts_at);
}

TEST(DiscriminatorFunction, IsDWithItsSpectralNormalisationToo) {
  TrainOptions options;
  options.latent_dim = 2;
  options.network = "mlp";
  options.regularizer = "spectral_norm";
  options.generator_width = options.discriminator_width = 16;
  class Nowhere final : public Sink {
    void write(const Record&) override {}
  } nowhere;
  KnownGame game(lab_target("ring", ""), options, nowhere);
  const Tensor x = at::randn({32, 2});
  const Tensor expected = game.discriminator().forward(x).detach().to(at::kDouble);
  const Tensor got = game.discriminator_function()(x.to(at::kDouble));
  EXPECT_LT((expected - got).abs().max().item<double>(), 1e-5);
}

TEST(Laboratory, SavesAnOrdinaryRunDirectory) {
  const std::string folder = testing::TempDir() + "saddle-laboratory-runs";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  LabSetup mixture = small("two_normals");
  mixture.player = "mixture";
  Laboratory one = laboratory({small("two_normals"), mixture});
  EXPECT_EQ(one.save(folder).runs.size(), 0);  // nothing was played
  for (int k = 0; k < 5; ++k) {
    one.play(1);
    one.frames();
  }
  const LabSaved saved = one.save(folder);
  ASSERT_EQ(saved.runs.size(), 1);
  EXPECT_EQ(saved.refusals.size(), 1);  // the mixture
  const std::string path = saved.runs[0];
  const RunContents run = read_run(path);
  EXPECT_EQ(run.curves.at("lab/js_exact").size(), 5);
  EXPECT_NEAR(run.curves.at("lab/js_exact").back().value, row_of(one)[1].get<double>(), 1e-7);
  EXPECT_EQ(run.history.back().event, "finished");
  const TrainedRun opened = open_run(path, "last");
  ASSERT_NE(opened.generator, nullptr);
  EXPECT_EQ(opened.samples, 5 * 64);
  EXPECT_NE(one.save(folder).runs[0], path);  // a second one beside it

  LabSetup faster = small("two_normals");
  faster.train.generator_rate = 0.01;
  one.change(make_sides({faster, mixture}));
  one.play(1);
  one.frames();
  const RunContents changed = read_run(one.save(folder).runs[0]);
  EXPECT_EQ(changed.curves.at("lab/js_exact").size(), 6);  // those before the change too
  EXPECT_EQ(changed.setting("options", "generator_rate"), "0.01");
  EXPECT_EQ(changed.history[1].event, "changed");
  EXPECT_EQ(changed.history[1].samples, 5 * 64);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace saddle
