// Tests of class-conditional games: the way of labels from the data to both players and to what is shown.
#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/networks/scope.h"
#include "tests/support/toy_game.h"

namespace saddle {
namespace {

using test::ToyGame;

/// Two blobs at (-3, 0) and (3, 0), a quarter and three quarters of the data; the label says which.
class LabelledBlobs final : public Sampler {
 public:
  explicit LabelledBlobs(uint64_t seed) : rng_(make_rng(seed, "labelled")) {}
  Batch sample(int64_t n) override {
    const Tensor label = (rand({n}, rng_) < 0.75).to(at::kLong);
    const Tensor centre = at::stack({label.to(at::kFloat) * 6 - 3, at::zeros({n})}, 1);
    return {centre + 0.1 * randn({n, 2}, rng_), label};
  }
  std::vector<int64_t> shape() const override { return {2}; }
  TensorMap state() const override { return {{"rng", rng_state(rng_)}}; }
  void set_state(const TensorMap& state) override { set_rng_state(rng_, state.at("rng")); }

 private:
  Rng rng_;
};

/// What a network of the game was last given.
struct Seen {
  Tensor x, labels;
};

/// G(z, y) = centre[y] + 0.1 z.
class ConditionalG final : public Network {
 public:
  explicit ConditionalG(Seen* seen)
      : centre_(Scope(*this, 1, "generator").normal("centre", {2, 2}, 0.1)), seen_(seen) {}
  Tensor forward(const Tensor& z, const Tensor& labels) override {
    if (seen_ != nullptr) *seen_ = {z, labels};
    return centre_.index_select(0, labels) + 0.1 * z;
  }

 private:
  Tensor centre_;
  Seen* seen_;
};

/// D(x, y) = <x, direction[y]> + bias[y], a logit: the projection of Miyato and Koyama 2018 without a network below it.
class ProjectionD final : public Network {
 public:
  explicit ProjectionD(std::vector<Seen>* seen)
      : direction_(Scope(*this, 1, "discriminator").normal("direction", {2, 2}, 0.1)),
        bias_(Scope(*this, 1, "discriminator").constant("bias", {2}, 0)), seen_(seen) {}
  Tensor forward(const Tensor& x, const Tensor& labels) override {
    if (seen_ != nullptr) seen_->push_back({x.detach(), labels});
    return (x * direction_.index_select(0, labels)).sum(1) + bias_.index_select(0, labels);
  }

 private:
  Tensor direction_, bias_;
  std::vector<Seen>* seen_;
};

struct ConditionalGame : ToyGame {
  LabelledBlobs data{1}, again{2}, held_out{3};
  Seen generator_saw;
  std::vector<Seen> discriminator_saw;
  Network* generator = nullptr;

  ConditionalGame() {
    options.generator_rate = 0.02;
    options.regularizer = "r1=0.5/1";
  }

  std::unique_ptr<Trainer> conditional_trainer(bool is_watched = false) {
    Game game = ToyGame::game(&data);
    game.generator = std::make_unique<ConditionalG>(is_watched ? &generator_saw : nullptr);
    game.discriminator = std::make_unique<ProjectionD>(is_watched ? &discriminator_saw : nullptr);
    game.average = nullptr;
    game.train_again = &again;
    game.reporting = game.steering = &held_out;
    game.label_shares = at::tensor({0.25, 0.75}, at::kDouble);
    generator = game.generator.get();
    return std::make_unique<Trainer>(std::move(game), options, at::kCPU);
  }
};

TEST(Conditional, ShowsDPairsOfOneClassAndGLabelsAsOftenAsTheData) {
  for (const char* objective : {"non_saturating", "relativistic"}) {
    ConditionalGame game;
    game.options.objective = objective;
    game.options.regularizer = "none";
    const auto trainer = game.conditional_trainer(/*is_watched=*/true);
    ASSERT_TRUE(trainer->move(Move::discriminator_step, {}));
    ASSERT_EQ(game.discriminator_saw.size(), 2) << objective;
    EXPECT_TRUE(at::equal(game.discriminator_saw[0].labels, game.discriminator_saw[1].labels)) << objective;
    const Tensor right = (game.discriminator_saw[0].x.select(1, 0) > 0).to(at::kLong);
    EXPECT_TRUE(at::equal(right, game.discriminator_saw[0].labels)) << objective;
    double ones = 0;
    constexpr int kSteps = 50;
    for (int step = 0; step < kSteps; ++step) {
      ASSERT_TRUE(trainer->move(Move::generator_step, {}));
      EXPECT_TRUE(at::equal(game.discriminator_saw.back().labels, game.generator_saw.labels)) << objective;
      ones += game.generator_saw.labels.to(at::kDouble).mean().item<double>() / kSteps;
    }
    // five standard errors: a false alarm in 2 of 10^6 seeds
    EXPECT_NEAR(ones, 0.75, 5 * std::sqrt(0.75 * 0.25 / (64 * kSteps))) << objective;
  }
}

TEST(Conditional, LearnsWhereEachClassLies) {
  ConditionalGame game;
  const auto trainer = game.conditional_trainer();
  const Schedule schedule = {64 * 1500, 64 * 500, 64 * 500, 64 * 500};
  ASSERT_EQ(trainer->run(schedule, {}), Outcome::finished);
  Rng rng = make_rng(1, "latents");
  const Tensor labels = at::arange(2, at::kLong).repeat_interleave(100);
  const Tensor x = generate(*game.generator, 2, 200, rng, at::kCPU, labels).select(1, 0);
  EXPECT_LT(x.slice(0, 0, 100).mean().item<double>(), -1.5);
  EXPECT_GT(x.slice(0, 100).mean().item<double>(), 1.5);
}

TEST(Conditional, ResumesBitForBit) {
  const Schedule whole_schedule = {64 * 60, 64 * 5, 64 * 20, 64 * 30};
  ConditionalGame whole_game, early_game, late_game;
  const auto whole = whole_game.conditional_trainer();
  whole->run(whole_schedule, {});
  const auto early = early_game.conditional_trainer();
  Checkpoint middle;
  TrainHooks hooks;
  hooks.save = [&](const Checkpoint& c) {
    if (middle.samples != 0) return;
    middle = c;
    for (auto& [name, tensor] : middle.tensors) tensor = tensor.clone();
  };
  early->run(whole_schedule, hooks);
  const auto late = late_game.conditional_trainer();
  late->restore(middle);
  late->run(whole_schedule, {});
  const Checkpoint a = whole->checkpoint(), b = late->checkpoint();
  ASSERT_EQ(a.tensors.count("rng.labels"), 1);
  for (const auto& [name, tensor] : a.tensors)
    EXPECT_TRUE(name == "last" || at::equal(tensor, b.tensors.at(name))) << name;  // "last" may hold NaN
}

TEST(Conditional, ShowsGLabelsAsOftenAsTrainingHasThemAndMeasuresItByTheData) {
  ConditionalGame game;
  Game evened = game.game(&game.data);
  evened.generator = std::make_unique<ConditionalG>(&game.generator_saw);
  evened.discriminator = std::make_unique<ProjectionD>(nullptr);
  evened.average = nullptr;
  evened.label_shares = at::tensor({0.25, 0.75}, at::kDouble);
  evened.trained_shares = at::tensor({1.0, 0.0}, at::kDouble);
  Trainer trainer(std::move(evened), game.options, at::kCPU);
  ASSERT_TRUE(trainer.move(Move::generator_step, {}));
  EXPECT_TRUE(game.generator_saw.labels.eq(0).all().item<bool>());
  TrainHooks hooks;
  hooks.draw = [](const Tensor&) { return at::zeros({1, 1, 3}, at::kByte); };
  trainer.begin(hooks);
  EXPECT_TRUE(game.generator_saw.labels.eq(1).any().item<bool>());
}

TEST(Conditional, DrawsItsGridClassByClass) {
  ConditionalGame game;
  const auto trainer = game.conditional_trainer(/*is_watched=*/true);
  TrainHooks hooks;
  hooks.draw = [](const Tensor&) { return at::zeros({1, 1, 3}, at::kByte); };
  trainer->begin(hooks);
  ASSERT_EQ(game.generator_saw.labels.size(0), 64);
  EXPECT_TRUE(at::equal(game.generator_saw.labels, at::arange(2, at::kLong).repeat_interleave(32)));
}

TEST(Conditional, RefusesSamplesWithoutLabels) {
  ConditionalGame game;
  Game unlabelled = game.game();
  unlabelled.label_shares = at::ones({2}, at::kDouble);
  Trainer trainer(std::move(unlabelled), game.options, at::kCPU);
  EXPECT_THROW(trainer.step(), Error);
}

}  // namespace
}  // namespace saddle
