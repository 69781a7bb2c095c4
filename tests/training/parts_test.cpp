// Tests of the parts of a trainer, each alone.
#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/training/discriminator_turn.h"
#include "saddle/training/evaluation.h"
#include "saddle/training/evaluation_critic.h"
#include "saddle/training/observers.h"
#include "saddle/training/rollback.h"
#include "saddle/training/staleness_observer.h"
#include "tests/support/toy_game.h"

namespace saddle {
namespace {

using test::Blobs;
using test::ToyGame;

/// Data of which nothing is finite.
class NotFinite final : public Sampler {
 public:
  Batch sample(int64_t n) override { return {at::full({n, 2}, kNan), {}}; }
  std::vector<int64_t> shape() const override { return {2}; }
  TensorMap state() const override { return {}; }
  void set_state(const TensorMap&) override {}
};

/// Counts what a part hears of.
class Counter final : public TrainerPart {
 public:
  void save(Checkpoint&) const override {}
  void restore(const Checkpoint&) override {}
  void after_discriminator_step() override { ++discriminator_steps; }
  void after_discriminator_turn() override { ++discriminator_turns; }
  void before_generator_step() override { ++begun; }
  void after_generator_step() override { ++ended; }
  void roll_back(const TensorMap& tensors) override { returned = tensors; }

  int discriminator_steps = 0, discriminator_turns = 0, begun = 0, ended = 0;
  TensorMap returned;
};

/// The parts that play, over one small game.
struct Playing {
  explicit Playing(ToyGame& toy, Sampler* data = nullptr)
      : state(toy.game(data), toy.options, at::kCPU),
        generator("generator", *state.game.generator, state.game.average.get(), {1e-3, 0.5, 0.999}),
        discriminator("discriminator", *state.game.discriminator, nullptr, {1e-3, 0.5, 0.999}), shown(state),
        discriminator_turn(state, discriminator, shown, parts), generator_turn(state, generator, shown, parts) {}

  TrainerParts parts;
  GameState state;
  Player generator, discriminator;
  Shown shown;
  DiscriminatorTurn discriminator_turn;
  GeneratorTurn generator_turn;
};

TensorMap clones(TensorMap tensors) {
  for (auto& [name, tensor] : tensors) tensor = tensor.clone();
  return tensors;
}

void expect_same(const TensorMap& a, const TensorMap& b) {
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [name, tensor] : a) EXPECT_TRUE(at::equal(tensor, b.at(name))) << name;
}

Observation observation_at(int64_t now, bool last, const Schedule& schedule) {
  static const TrainHooks none;
  static const std::function<void()> keep_nothing = [] {};
  return {now - 64, now, last, schedule, none, keep_nothing};
}

const Schedule kAlways = {64 * 100, 64, 64, 64, 64};

TEST(Player, GoesBackWithItsAverageAndItsOptimiser) {
  ToyGame toy;
  Playing game(toy);
  ASSERT_TRUE(game.discriminator_turn.turn() && game.generator_turn.turn());
  const TensorMap good = clones(game.generator.rollback_state());
  ASSERT_TRUE(game.generator_turn.turn());
  const std::string weight = "generator.linear0.weight";
  EXPECT_FALSE(at::equal(good.at(weight), game.generator.rollback_state().at(weight)));
  game.generator.roll_back(good);
  expect_same(good, game.generator.rollback_state());
  for (const char* name : {"generator.linear0.weight", "average.linear0.weight"})
    EXPECT_EQ(good.count(name), 1) << name;
  EXPECT_TRUE(std::any_of(good.begin(), good.end(),
                          [](const auto& named) { return named.first.starts_with("generator_adam."); }));
}

TEST(Shown, DrawsTheSameNoiseAgainOnceItWentBack) {
  ToyGame toy;
  Playing game(toy);
  game.state.noise = 0.3;
  const Tensor x = at::zeros({8, 2});
  const TensorMap good = clones(game.shown.rollback_state());
  const Tensor first = game.shown.show(x), second = game.shown.show(x);
  EXPECT_FALSE(at::equal(first, second));
  game.shown.roll_back(good);
  EXPECT_TRUE(at::equal(first, game.shown.show(x)));
}

TEST(Shown, AddsNormalNoiseInStandardDeviationsOfTheData) {
  ToyGame toy;
  Playing game(toy);
  game.state.noise = 0.3;
  const Tensor x = at::full({20000, 2}, 5.0), shown = game.shown.show(x);
  const Tensor scale = game.state.game.scale.defined() ? game.state.game.scale : at::ones({2});
  const Tensor error = 0.3 * scale / std::sqrt(20000.0);
  // five standard errors each, of two coordinates: false alarms in 1 of 400,000 seeds
  EXPECT_TRUE(((shown.mean(0) - 5).abs() < 5 * error).all().item<bool>());
  EXPECT_TRUE(((shown.std(0) - 0.3 * scale).abs() < 5 * error / std::sqrt(2.0)).all().item<bool>());
}

TEST(Shown, StaysWhereACheckpointOfAnEarlierVersionKeptNothingOfIt) {
  ToyGame toy;
  Playing game(toy);
  game.state.noise = 0.3;
  const TensorMap before = clones(game.shown.rollback_state());
  game.shown.roll_back({{"generator.linear0.weight", at::zeros({1})}});
  expect_same(before, game.shown.rollback_state());
}

TEST(DiscriminatorTurn, TellsThePartsOfEachStepAndOfItsEnd) {
  ToyGame toy;
  toy.options.critic_steps = 3;
  Playing game(toy);
  Counter counter;
  game.parts = {&counter};
  ASSERT_TRUE(game.discriminator_turn.turn());
  EXPECT_EQ(counter.discriminator_steps, 3);
  EXPECT_EQ(counter.discriminator_turns, 1);
  EXPECT_EQ(game.state.samples, 3 * toy.options.batch_size);
}

TEST(DiscriminatorTurn, ChangesNothingWhereItsLossIsNotFinite) {
  ToyGame toy;
  NotFinite data;
  Playing game(toy, &data);
  Counter counter;
  game.parts = {&counter};
  const TensorMap before = clones(game.discriminator.rollback_state());
  EXPECT_FALSE(game.discriminator_turn.turn());
  expect_same(before, game.discriminator.rollback_state());
  EXPECT_EQ(counter.discriminator_steps, 0);
  EXPECT_EQ(game.state.samples, 0);
  EXPECT_NE(game.state.failure.find("discriminator/loss is not finite (from D's loss) at step 1"), std::string::npos)
      << game.state.failure;
}

TEST(DiscriminatorTurn, NamesTheGradientThatIsNotFinite) {
  ToyGame toy;
  Playing game(toy);
  game.state.game.discriminator->parameters()[1].second.register_hook(
      [](const Tensor& gradient) { return at::full_like(gradient, kNan); });
  EXPECT_FALSE(game.discriminator_turn.step());
  const std::string& name = game.state.game.discriminator->parameters()[1].first;
  EXPECT_NE(game.state.failure.find("the gradient of discriminator." + name), std::string::npos) << game.state.failure;
}

TEST(GeneratorTurn, TellsThePartsBeforeAndAfterEachStepAndLeavesDAsItIs) {
  ToyGame toy;
  toy.options.generator_steps = 2;
  Playing game(toy);
  Counter counter;
  game.parts = {&counter};
  ASSERT_TRUE(game.discriminator_turn.turn());
  const TensorMap before = clones(game.discriminator.rollback_state());
  ASSERT_TRUE(game.generator_turn.turn());
  EXPECT_EQ(counter.begun, 2);
  EXPECT_EQ(counter.ended, 2);
  EXPECT_EQ(game.state.generator_steps, 2);
  expect_same(before, game.discriminator.rollback_state());
}

TEST(GeneratorTurn, KeepsItsRadiusInACheckpointAndForgetsItWhenItGoesBack) {
  ToyGame toy;
  toy.options.generator_step = "trusted";
  toy.options.trust = 1e-3;
  Playing game(toy);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(game.discriminator_turn.turn() && game.generator_turn.turn());
  ASSERT_LT(game.generator_turn.radius(), 1);
  Checkpoint checkpoint;
  game.generator_turn.save(checkpoint);
  ToyGame other_toy;
  Playing other(other_toy);
  other.generator_turn.restore(checkpoint);
  EXPECT_EQ(other.generator_turn.radius(), game.generator_turn.radius());
  other.generator_turn.roll_back({});
  EXPECT_EQ(other.generator_turn.radius(), 1);
}

TEST(StalenessObserver, RecordsOnceForEveryMultipleOfItsSamples) {
  ToyGame toy;
  toy.options.generator_steps = 2;
  Playing game(toy);
  StalenessObserver observer(game.state, game.generator, game.generator_turn);
  observer.set_every(4 * toy.options.batch_size);
  game.parts = {&observer};
  for (int turn = 0; turn < 9; ++turn) ASSERT_TRUE(game.discriminator_turn.turn() && game.generator_turn.turn());
  const auto count = [&](const std::string& name) {
    return std::count_if(toy.sink.records.begin(), toy.sink.records.end(),
                         [&](const Record& r) { return r.name == name; });
  };
  EXPECT_EQ(count("staleness/ratio"), 2);
  EXPECT_EQ(count("staleness/value_retrained"), 2);
}

TEST(StalenessObserver, RestoredTellsTheSameOfDsNextTurn) {
  const auto retrained = [](bool resumed) {
    ToyGame toy;
    Playing game(toy);
    StalenessObserver observer(game.state, game.generator, game.generator_turn);
    observer.set_every(toy.options.batch_size);
    game.parts = {&observer};
    EXPECT_TRUE(game.discriminator_turn.turn() && game.generator_turn.turn());
    if (resumed) {
      Checkpoint checkpoint;
      observer.save(checkpoint);
      game.state.save(checkpoint);
      (void)game.state.draw_value_rows(*game.state.game.reporting);  // what a restored part must not depend on
      observer.restore(checkpoint);
      game.state.restore(checkpoint);
    }
    EXPECT_TRUE(game.discriminator_turn.turn());
    EXPECT_EQ(toy.sink.records.back().name, "staleness/value_retrained");
    return toy.sink.records.back().value;
  };
  EXPECT_EQ(retrained(false), retrained(true));
}

TEST(ValueObserver, RecordsWhereAnEvaluationIsDueAndLeavesTheNetworksAsTheyAre) {
  ToyGame toy;
  Playing game(toy);
  ValueObserver observer(game.state, game.generator);
  ASSERT_TRUE(game.discriminator_turn.turn() && game.generator_turn.turn());
  const Schedule rarely = {64 * 100, 64, 64 * 50, 64, 64};
  Observation early = observation_at(64, false, rarely);
  observer.observe(early);
  EXPECT_TRUE(toy.sink.records.empty());
  const TensorMap before = clones(game.state.game.discriminator->state());
  Observation due = observation_at(64, false, kAlways);
  observer.observe(due);
  EXPECT_FALSE(toy.sink.records.empty());
  EXPECT_TRUE(std::isfinite(game.state.value));
  expect_same(before, game.state.game.discriminator->state());
}

TEST(GridObserver, DrawsTheSameLatentsEveryTime) {
  ToyGame toy;
  Playing game(toy);
  GridObserver observer(game.state);
  std::vector<Tensor> seen;
  TrainHooks hooks;
  hooks.draw = [&](const Tensor& x) {
    seen.push_back(x.clone());
    return at::zeros({1, 1, 3}, at::kByte);
  };
  observer.begin(hooks);
  observer.begin(hooks);
  ASSERT_EQ(seen.size(), 2);
  EXPECT_TRUE(at::equal(seen[0], seen[1]));
}

TEST(EvaluationCritic, SaysWhereTheUntrainedGeneratorStandsAndKeepsTheBest) {
  ToyGame toy;
  toy.is_measured = true;
  Playing game(toy);
  EvaluationCritic critic(game.state);
  critic.begin({});
  EXPECT_EQ(game.state.untrained.samples, 0);
  int kept = 0;
  const std::function<void()> keep_best = [&] { ++kept; };
  const TrainHooks none;
  Observation moment{0, 64, false, kAlways, none, keep_best};
  critic.observe(moment);
  EXPECT_EQ(kept, 1);  // the first look is the best so far
  EXPECT_FALSE(moment.last);
  EXPECT_TRUE(std::isfinite(game.state.jsd_estimate));
}

TEST(EvaluationCritic, EndsARunThatNoLongerImproves) {
  ToyGame toy;
  toy.is_measured = true;
  toy.options.stop = "auto";
  toy.options.patience = 64 * 10;
  Playing game(toy);
  EvaluationCritic critic(game.state);
  bool ended = false;
  for (int64_t turn = 1; turn <= 40 && !ended; ++turn) {  // no step of G: nothing can improve
    game.state.samples = 64 * turn;
    Observation moment = observation_at(64 * turn, false, kAlways);
    critic.observe(moment);
    ended = moment.last;
  }
  EXPECT_TRUE(ended);
  EXPECT_FALSE(game.state.reason.empty());
}

TEST(Rollback, TakesEveryPartBackAndHalvesTheStepsUntilItsTimesAreUsedUp) {
  ToyGame toy;
  toy.options.rollbacks = 2;
  Playing game(toy);
  Counter counter;
  Rollback rollback(game.state, game.parts);
  game.parts = {&game.generator, &game.discriminator, &game.shown, &counter, &rollback};
  rollback.keep();
  const TensorMap good = clones(game.generator.rollback_state());
  ASSERT_TRUE(game.discriminator_turn.turn() && game.generator_turn.turn());
  std::string said;
  TrainHooks hooks;
  hooks.went_back = [&](const std::string& text) { said = text; };
  EXPECT_TRUE(rollback.answer({"divergence", "it diverged", "try less"}, false, hooks));
  expect_same(good, game.generator.rollback_state());
  EXPECT_EQ(rollback.rate_scale(), 0.5);
  EXPECT_NE(said.find("back to the players of 0 samples"), std::string::npos) << said;
  for (const char* name : {"discriminator.linear0.weight", "rng.noise"}) EXPECT_EQ(counter.returned.count(name), 1);
  EXPECT_TRUE(rollback.answer({"divergence", "it diverged", "try less"}, false, hooks));
  EXPECT_FALSE(rollback.answer({"divergence", "it diverged", "try less"}, false, hooks));
  EXPECT_EQ(game.state.advice, "try less");
  EXPECT_NE(game.state.failure.find("after 2 times back"), std::string::npos) << game.state.failure;
}

TEST(Rollback, StaysAtTheEndOfARun) {
  ToyGame toy;
  Playing game(toy);
  Rollback rollback(game.state, game.parts);
  game.parts = {&game.generator, &rollback};
  rollback.keep();
  ASSERT_TRUE(game.discriminator_turn.turn() && game.generator_turn.turn());
  const TensorMap end = clones(game.generator.rollback_state());
  EXPECT_TRUE(rollback.answer({"divergence", "it diverged", "try less"}, true, {}));
  expect_same(end, game.generator.rollback_state());
  EXPECT_EQ(rollback.rate_scale(), 1);
}

TEST(GameState, RestoredDrawsTheSameDataAndLatents) {
  ToyGame toy;
  Playing game(toy);
  Checkpoint checkpoint;
  game.state.save(checkpoint);
  const auto next = [&] { return game.state.draw_real(*game.state.game.train, 8).x; };
  const Tensor x = next(), z = game.state.draw_latents(4);
  game.state.restore(checkpoint);
  EXPECT_TRUE(at::equal(x, next()));
  EXPECT_TRUE(at::equal(z, game.state.draw_latents(4)));
}

}  // namespace
}  // namespace saddle
