// Tests of how often T is applied, and of the game that is played through it.
#include "saddle/training/augmentation_control.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/training/discriminator_turn.h"
#include "saddle/training/evaluation.h"
#include "saddle/training/generator_turn.h"
#include "saddle/training/staleness_observer.h"
#include "tests/support/toy_game.h"

namespace saddle {
namespace {

constexpr int64_t kBatch = 8;

/// A few images, again and again: bars that lie anywhere.
class FewImages final : public Sampler {
 public:
  FewImages(uint64_t seed, int64_t count) {
    Rng rng = make_rng(seed, "bars");
    const Tensor place = rand({count, 1, 1, 1}, rng) * 8, column = at::arange(8.0, at::kFloat).view({1, 1, 1, 8});
    images_ =
        ((column - place).abs() * -1 + 1).clamp(-1, 1).expand({count, 1, 8, 8}) + 0.2 * randn({count, 1, 8, 8}, rng);
  }
  Batch sample(int64_t n) override {
    const Tensor rows = (at::arange(n, at::kLong) + at_).remainder(images_.size(0));
    at_ = (at_ + n) % images_.size(0);
    return {images_.index_select(0, rows), {}};
  }
  std::vector<int64_t> shape() const override { return {1, 8, 8}; }
  int64_t count() const override { return images_.size(0); }
  TensorMap state() const override { return {{"at", at::tensor({at_}, at::kLong)}}; }
  void set_state(const TensorMap& state) override { at_ = state.at("at").item<int64_t>(); }

 private:
  Tensor images_;
  int64_t at_ = 0;
};

struct ImageGame {
  TrainOptions options;
  FewImages train{1, 24}, train_again{1, 24}, reporting{2, 24}, steering{3, 24};
  test::KeepRecords sink;

  explicit ImageGame(const std::string& augment) {
    options.network = "conv";
    options.augment = augment;
    options.batch_size = kBatch;
    options.latent_dim = 4;
    options.generator_width = options.discriminator_width = 16;
    options.ema_half_life = 0;
    options.objective = "relativistic";
    options.regularizer = "r1=0.1/2,r2=0.1/2";
  }

  Game game() {
    NetworkOptions networks;
    networks.family = options.network;
    networks.shape = {1, 8, 8};
    networks.latent_dim = options.latent_dim;
    networks.generator_width = options.generator_width;
    networks.discriminator_width = options.discriminator_width;
    Game game;
    game.generator = make_generator(networks, 5);
    game.discriminator = make_discriminator(networks, 5);
    game.objective = &find_objective(options.objective);
    game.train = &train;
    game.train_again = &train_again;
    game.reporting = &reporting;
    game.steering = &steering;
    game.sink = &sink;
    return game;
  }
};

struct PlayedImages {
  explicit PlayedImages(ImageGame& game)
      : state(game.game(), game.options, at::kCPU),
        generator("generator", *state.game.generator, nullptr, {1e-3, 0, 0.99}),
        discriminator("discriminator", *state.game.discriminator, nullptr, {1e-3, 0, 0.99}), shown(state),
        control(state, shown), discriminator_turn(state, discriminator, shown, parts),
        generator_turn(state, generator, shown, parts) {
    parts = {&control};
  }

  double probability() const { return state.augmentation.probability; }

  TrainerParts parts;
  GameState state;
  Player generator, discriminator;
  Shown shown;
  AugmentationControl control;
  DiscriminatorTurn discriminator_turn;
  GeneratorTurn generator_turn;
};

TensorMap copies_of(TensorMap tensors) {
  for (auto& [name, tensor] : tensors) tensor = tensor.clone();
  return tensors;
}

/// The weights after some turns of a run.
TensorMap played_weights(const std::string& augment, int64_t turns) {
  ImageGame images(augment);
  PlayedImages game(images);
  for (int64_t i = 0; i < turns; ++i) EXPECT_TRUE(game.discriminator_turn.turn() && game.generator_turn.turn());
  TensorMap all = game.generator.rollback_state();
  all.merge(game.discriminator.rollback_state());
  return all;
}

TEST(AugmentationControl, RaisesTheProbabilityWhereDKnowsItsTrainingSamples) {
  ImageGame images("shift");
  PlayedImages game(images);
  game.control.set_run(1'000'000);
  for (int i = 0; i < 10; ++i) game.control.take(/*train=*/2, /*held_out=*/0.9, /*fake=*/0, 25'000);  // r = 0.55
  EXPECT_NEAR(game.probability(), 1, 0.2 + 1e-9);  // it would be 1, and ends at 0.8
  EXPECT_EQ(game.probability(), 0.8);
  game.control.set_run(80'000);  // by 1 in 50,000 samples
  for (int i = 0; i < 30; ++i) game.control.take(2, 1.5, 0, 1'000);
  EXPECT_LT(game.probability(), 0.8 - 0.02 * 20);
  for (int i = 0; i < 30; ++i) game.control.take(2, 1.5, 0, 1'000);
  EXPECT_EQ(game.probability(), 0);
}

TEST(AugmentationControl, FindsTheProbabilityAtWhichTheGapIsHalf) {
  ImageGame images("shift");
  PlayedImages game(images);
  game.control.set_run(0);
  // a D whose gap falls with the probability, r = 0.8 - p; its logits have any zero
  for (int i = 0; i < 400; ++i) game.control.take(100, 100 - (0.8 - game.probability()), 99, 500);
  EXPECT_NEAR(game.probability(), 0.3, 0.08);
}

TEST(AugmentationControl, StaysWhereNumbersAreNotFinite) {
  ImageGame images("shift");
  PlayedImages game(images);
  game.control.take(2, 0, 0, 1'000);
  const double before = game.probability();
  game.control.take(kNan, 0, 0, 1'000);
  game.control.take(2, INFINITY, 0, 1'000);
  EXPECT_EQ(game.probability(), before);
}

TEST(AugmentationControl, LooksEverySixteenthStepAndRecordsWhatItSees) {
  ImageGame images("shift,cutout");
  PlayedImages game(images);
  static const TrainHooks no_hooks;
  static const std::function<void()> nothing = [] {};
  const Schedule always = {10'000, 1, 1, 1, 1};
  Observation now{0, kBatch, false, always, no_hooks, nothing};
  for (int i = 0; i < 15; ++i) ASSERT_TRUE(game.discriminator_turn.turn());
  game.control.observe(now);
  EXPECT_TRUE(images.sink.records.empty());
  const TensorMap before = copies_of(game.state.game.discriminator->state());
  game.control.after_discriminator_step();
  game.control.observe(now);
  ASSERT_EQ(images.sink.records.size(), 2);
  EXPECT_EQ(images.sink.records[0].name, "augmentation/probability");
  EXPECT_EQ(images.sink.records[1].name, "discriminator/held_out_gap");
  EXPECT_TRUE(std::isfinite(images.sink.records[1].value));
  for (const auto& [name, tensor] : game.state.game.discriminator->state())
    EXPECT_TRUE(at::equal(tensor, before.at(name))) << name;
}

TEST(AugmentationControl, LeavesTheBitsOfAGameAloneWhileTheProbabilityIsZero) {
  const TensorMap without = played_weights("none", 15), with = played_weights("shift,scale,colour,cutout", 15);
  for (const auto& [name, tensor] : without) EXPECT_TRUE(at::equal(tensor, with.at(name))) << name;
}

TEST(AugmentationControl, GoesBackAndIsRestoredWithItsDraws) {
  ImageGame images("flip,shift,rotation,colour,cutout");
  PlayedImages game(images);
  game.control.take(2, 0, 0, 20'000);
  game.control.take(2, 0, 0, 10'000);
  ASSERT_NEAR(game.probability(), 0.6, 1e-9);
  TensorMap good = copies_of(game.control.rollback_state());
  good.merge(copies_of(game.shown.rollback_state()));
  Checkpoint checkpoint;
  game.control.save(checkpoint);
  game.shown.save(checkpoint);
  const Tensor x = images.train.sample(6).x, first = game.shown.show(x);
  game.control.take(2, 0, 0, 5'000);
  game.state.augmentation.probability = 0;
  EXPECT_TRUE(at::equal(game.shown.show(x), x));
  game.control.roll_back(good);
  EXPECT_NEAR(game.probability(), 0.6, 1e-9);
  game.shown.roll_back(good);
  EXPECT_TRUE(at::equal(game.shown.show(x), first));

  ImageGame other_images("flip,shift,rotation,colour,cutout");
  PlayedImages other(other_images);
  other.control.restore(checkpoint);
  other.shown.restore(checkpoint);
  EXPECT_NEAR(other.probability(), 0.6, 1e-9);
  EXPECT_TRUE(at::equal(other.shown.show(x), first));
}

/// All of a run's tensors after its last turn, with T on, whole or resumed half-way.
Checkpoint augmented_run(const std::string& updates, bool resumed) {
  ImageGame images("flip,shift,scale,colour,cutout");
  images.options.generator_width = 4;  // whose batch norm is LibTorch's
  images.options.updates = updates;
  images.options.staleness_every = 1;
  auto trainer = std::make_unique<Trainer>(images.game(), images.options, at::kCPU);
  Checkpoint begun = trainer->checkpoint();
  begun.tensors["augmentation"][0] = 0.7;
  trainer->restore(begun);
  ImageGame again("flip,shift,scale,colour,cutout");
  again.options = images.options;
  for (int i = 0; i < 40; ++i) {
    if (resumed && i == 23) {
      const Checkpoint kept = trainer->checkpoint();
      trainer = std::make_unique<Trainer>(again.game(), again.options, at::kCPU);
      trainer->restore(kept);
    }
    EXPECT_TRUE(trainer->step());
  }
  return trainer->checkpoint();
}

TEST(AugmentedGame, ResumesBitForBit) {
  for (const char* updates : {"alternating", "simultaneous"}) {
    const Checkpoint whole = augmented_run(updates, false), resumed = augmented_run(updates, true);
    EXPECT_GT(whole.tensors.at("augmentation")[0].item<double>(), 0.5);
    ASSERT_EQ(whole.tensors.size(), resumed.tensors.size());
    for (const auto& [name, tensor] : whole.tensors)  // "last": numbers of evaluations, of which there were none
      EXPECT_TRUE(name == "last" || at::equal(tensor, resumed.tensors.at(name))) << updates << " " << name;
  }
}

TEST(AugmentedGame, GivesGItsGradientThroughTInASimultaneousStep) {
  ImageGame images("flip,shift,scale,rotation,colour,cutout");
  images.options.updates = "simultaneous";
  PlayedImages game(images);
  game.parts = {};
  game.state.augmentation.probability = 0.8;
  TensorMap before = copies_of(game.discriminator.rollback_state());
  before.merge(copies_of(game.shown.rollback_state()));
  const TensorMap data = images.train.state();
  ASSERT_TRUE(game.discriminator_turn.step());
  const FakeGradient& kept = game.state.fake_gradients.at(0);
  const Tensor by_d = kept.gradient, fake = kept.fake.detach().requires_grad_();
  game.discriminator.roll_back(before);
  game.shown.roll_back(before);
  images.train.set_state(data);
  const Tensor real = game.shown.augmented(images.train.sample(kBatch).x), shown = game.shown.augmented(fake);
  EXPECT_FALSE(at::allclose(shown, fake));
  Network& d = *game.state.game.discriminator;
  const Tensor loss = game.state.game.objective->generator_loss(d.forward(real), d.forward(shown));
  const Tensor exact = torch::autograd::grad({loss}, {fake})[0];
  EXPECT_GT(exact.abs().max().item<float>(), 0);
  EXPECT_TRUE(at::allclose(by_d, exact, 1e-3, 1e-6));
}

TEST(AugmentedGame, TellsTheSameStalenessToFirstOrderAsItMeasures) {
  ImageGame images("shift,scale,colour,cutout");
  images.options.generator_rate = 1e-5;
  PlayedImages game(images);
  game.state.augmentation.probability = 0.8;
  StalenessObserver observer(game.state, game.generator, game.generator_turn);
  observer.set_every(kBatch);
  game.parts = {&observer};
  ASSERT_TRUE(game.discriminator_turn.turn());
  game.generator.adam().set_rate(1e-5);
  ASSERT_TRUE(game.generator_turn.turn());
  double change = 0, predicted = 0;
  for (const Record& record : images.sink.records) {
    if (record.name == "staleness/change") change = record.value;
    if (record.name == "staleness/predicted_change") predicted = record.value;
  }
  EXPECT_NE(predicted, 0);
  EXPECT_NEAR(change, predicted, 0.05 * std::abs(predicted));
}

TEST(AugmentedGame, IsRefusedForPointsAndWhereNobodyChoseTheKinds) {
  test::ToyGame points;
  points.options.augment = "shift";
  EXPECT_THROW(points.trainer(), UsageError);
  ImageGame images("auto");
  EXPECT_THROW(Trainer(images.game(), images.options, at::kCPU), UsageError);
}

}  // namespace
}  // namespace saddle
