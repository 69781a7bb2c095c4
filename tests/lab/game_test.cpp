// The lab's game: the table of stale discriminators, and games that repeat themselves.
#include "saddle/lab/game.h"

#include <gtest/gtest.h>

#include <map>

#include "saddle/base/error.h"
#include "saddle/distributions/normal.h"
#include "saddle/distributions/toys.h"
#include "saddle/training/presets.h"

namespace saddle {
namespace {

std::shared_ptr<const Distribution> normal(double loc) { return std::make_shared<Normal>(loc, 1); }

/// V(D*_{theta0}, theta) with P = N(0, 1) and G(z) = z + theta.
struct StaleRow {
  double theta, from_half, from_one, from_two, max_value;
};

class StaleDiscriminatorInTheLab : public testing::TestWithParam<StaleRow> {};

// The table is that of high-precision integration, to 8 digits.
INSTANTIATE_TEST_SUITE_P(All, StaleDiscriminatorInTheLab,
                         testing::Values(StaleRow{2, -1.03683789, -0.85801757, -0.71263272, -0.71263272},
                                         StaleRow{1.5, -1.11930714, -0.98858198, -0.99881173, -0.94395270},
                                         StaleRow{1, -1.21534363, -1.16345140, -1.42403075, -1.16345140},
                                         StaleRow{0.9, -1.23624847, -1.20424837, -1.52705776, -1.20203798},
                                         StaleRow{0.5, -1.32567176, -1.38778488, -1.99881173, -1.32567176},
                                         StaleRow{0, -1.45067176, -1.66345140, -2.71263272, -1.38629436},
                                         StaleRow{-1, -1.74430714, -2.35801757, -4.44226206, -1.16345140}));

TEST_P(StaleDiscriminatorInTheLab, HasTheValuesOfTheTable) {
  const StaleRow row = GetParam();
  const Target target = make_target(normal(0));
  const Comparison c = compare(target, [&](const Tensor& z) { return z + row.theta; });
  for (const auto& [from, value] : std::map<double, double>{{0.5, row.from_half}, {1, row.from_one}, {2, row.from_two}})
    EXPECT_NEAR(c.value((from * from / 2 - from * c.points).squeeze(1)), value, 2e-7) << from;
  EXPECT_NEAR(c.value_max(), row.max_value, 2e-7);
  EXPECT_NEAR(c.value(c.log_odds), row.max_value, 2e-7);
}

TEST(StaleDiscriminatorInTheLab, MissesHalfTheSquareOfTheWayWhereTheGeneratorHasArrived) {
  const Target target = make_target(normal(0));
  const Comparison there = compare(target, [](const Tensor& z) { return z + 0.0; });
  for (const double from : {0.25, 0.7, 1.9}) {
    const Comparison start = compare(target, [&](const Tensor& z) { return z + from; });
    EXPECT_NEAR(there.value((from * from / 2 - from * there.points).squeeze(1)), start.value_max() - from * from / 2,
                1e-6);
  }
}

/// Keeps what a game records.
class Kept final : public Sink {
 public:
  void write(const Record& record) override {
    if (!std::isnan(record.value)) curves[record.name].push_back(record.value);
  }
  std::map<std::string, std::vector<double>> curves;
};

LabOptions short_game(int64_t dim) {
  LabOptions options;
  options.train = resolve_options({{"preset", "points", "test"}}, false);
  options.train.latent_dim = dim;
  options.train.output_noise = 0;
  options.train.batch_size = 64;
  options.train.generator_width = options.train.discriminator_width = 16;
  options.train.layers = 1;
  options.train.noise = 0;  // under which D would aim at another D*
  options.draws = 60;
  options.push.most_cells = 12'000;
  return options;
}

const Schedule kShort = {.samples = 64 * 40, .record_every = 640, .evaluate_every = 640, .checkpoint_every = 1 << 20};

TEST(LabGame, RepeatsItselfBitForBit) {
  Kept first, second;
  std::string pictures[2];
  for (int i = 0; i < 2; ++i) {
    LabGame game(normal(3), short_game(1), i == 0 ? first : second);
    EXPECT_EQ(game.play(kShort, {}, {}), Outcome::finished);
    pictures[i] = game.pictures_json();
  }
  EXPECT_EQ(first.curves, second.curves);
  EXPECT_EQ(pictures[0], pictures[1]);
  EXPECT_EQ(first.curves["lab/js_exact"].size(), 4);
}

TEST(LabGame, NoDiscriminatorIsBetterThanTheBest) {
  Kept kept;
  LabGame game(normal(3), short_game(1), kept);
  game.play(kShort, {}, {});
  for (size_t i = 0; i < kept.curves["lab/value"].size(); ++i) {
    EXPECT_LE(kept.curves["lab/value"][i], kept.curves["lab/value_max"][i] + 1e-6);
    EXPECT_LE(kept.curves["lab/js_certified"][i], kept.curves["lab/js_exact"][i]);  // by far: 60 draws
  }
}

TEST(LabGame, PlaysInThePlaneAndDrawsIt) {
  Kept kept;
  LabOptions options = short_game(2);
  options.draws = 0;
  LabGame game(make_distribution(Ring{}), options, kept);
  std::vector<std::string> names;
  game.play({.samples = 64 * 10, .record_every = 640, .evaluate_every = 640, .checkpoint_every = 1 << 20}, {},
            [&](const std::string& name, const Tensor& pixels) {
              names.push_back(name);
              EXPECT_EQ(pixels.scalar_type(), at::kByte);
              EXPECT_EQ(pixels.size(2), 3);
            });
  EXPECT_EQ(names, std::vector<std::string>{"lab-000000000640"});
  EXPECT_GT(kept.curves["lab/js_exact"].back(), 0.3);
  EXPECT_LE(kept.curves["lab/js_error"].back(), 1e-3);
}

TEST(LabGame, OfADThatRunsUntilItHasConvergedEndsAfterItsSteps) {
  Kept kept;
  LabOptions options = short_game(1);
  options.train.critic_steps = 0;
  options.train.most_critic_steps = 40;
  options.draws = 0;
  options.turns = 5;
  LabGame game(normal(3), options, kept);
  const Schedule endless = {.samples = 1 << 30, .record_every = 1, .evaluate_every = 1, .checkpoint_every = 1 << 30};
  EXPECT_EQ(game.play(endless, {}, {}), Outcome::finished);
  EXPECT_EQ(kept.curves["lab/js_exact"].size(), 5);
}

TEST(LabGame, OfAGeneratorThatEndsInNoiseHasNoSingularMass) {
  LabOptions options = short_game(2);
  options.train.output_noise = 0.1;
  options.train.latent_dim = 4;
  Kept kept;
  LabGame game(make_distribution(Ring{}), options, kept);
  game.play({.samples = 640, .record_every = 640, .evaluate_every = 640, .checkpoint_every = 1 << 20}, {}, {});
  for (const double mass : kept.curves.at("lab/singular_mass")) EXPECT_EQ(mass, 0);
  for (const double error : kept.curves.at("lab/js_error")) EXPECT_LE(error, 5e-3);
}

TEST(LabGame, RefusesOtherLatentDimensions) {
  Kept kept;
  EXPECT_THROW(LabGame(normal(0), short_game(2), kept), Error);
}

}  // namespace
}  // namespace saddle
