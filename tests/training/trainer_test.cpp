// Tests of the alternating algorithm.
#include "saddle/training/trainer.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "tests/support/toy_game.h"

namespace saddle {
namespace {

using test::ToyGame;

const Schedule kShort = {64 * 60, 64 * 5, 64 * 20, 64 * 30};

/// NaN, which stands for what was not measured yet, equals itself.
bool same(const Tensor& a, const Tensor& b) {
  return a.is_floating_point() ? at::allclose(a, b, /*rtol=*/0, /*atol=*/0, /*equal_nan=*/true) : at::equal(a, b);
}

void expect_equal(const Checkpoint& a, const Checkpoint& b) {
  EXPECT_EQ(a.samples, b.samples);
  EXPECT_EQ(a.facts, b.facts);
  ASSERT_EQ(a.tensors.size(), b.tensors.size());
  for (const auto& [name, tensor] : a.tensors) EXPECT_TRUE(same(tensor, b.tensors.at(name))) << name;
}

/// Copies the tensors too: a checkpoint holds handles to weights that move on.
Checkpoint copy(Checkpoint c) {
  for (auto& [name, tensor] : c.tensors) tensor = tensor.clone();
  return c;
}

void expect_records_of_the_whole(const ToyGame& whole, const ToyGame& early, const ToyGame& late) {
  auto halves = early.sink.records;
  halves.insert(halves.end(), late.sink.records.begin(), late.sink.records.end());
  ASSERT_EQ(halves.size(), whole.sink.records.size());
  for (size_t i = 0; i < halves.size(); ++i) {
    EXPECT_EQ(halves[i].name, whole.sink.records[i].name);
    EXPECT_EQ(halves[i].value, whole.sink.records[i].value);
  }
}

TEST(Trainer, SameSeedGivesTheSameBits) {
  ToyGame a, b;
  auto first = a.trainer(), second = b.trainer();
  first->run(kShort, {});
  second->run(kShort, {});
  expect_equal(first->checkpoint(), second->checkpoint());
}

TEST(Trainer, ResumedInTheMiddleEndsBitForBitWhereAnUninterruptedRunEnds) {
  ToyGame whole_game, early_game, late_game;
  for (ToyGame* game : {&whole_game, &early_game, &late_game}) game->options.noise = 0.3;
  auto whole = whole_game.trainer();
  whole->run(kShort, {});

  auto early = early_game.trainer();
  Checkpoint middle;
  TrainHooks hooks;
  hooks.progress = [](const Progress& p) { return p.samples < 64 * 33; };
  hooks.save = [&](const Checkpoint& c) { middle = copy(c); };
  EXPECT_EQ(early->run(kShort, hooks), Outcome::stopped);
  EXPECT_EQ(middle.samples, 64 * 33);

  auto late = late_game.trainer();
  late->restore(middle);
  EXPECT_EQ(late->run(kShort, {}), Outcome::finished);
  expect_equal(whole->checkpoint(), late->checkpoint());

  expect_records_of_the_whole(whole_game, early_game, late_game);
}

TEST(Trainer, FaithfulPlayResumesBitForBitAndTellsTheSame) {
  const auto faithful = [](ToyGame& game) {
    game.options.critic_steps = 0;
    game.options.converged_over = 4;
    game.options.most_critic_steps = 12;
    game.options.generator_step = "trusted";
    game.options.staleness_every = 2;
    return game.trainer();
  };
  ToyGame whole_game;
  auto whole = faithful(whole_game);
  const Schedule schedule = {64 * 100, 64 * 5, 64 * 40, 64 * 100};
  whole->run(schedule, {});

  ToyGame early_game;
  auto early = faithful(early_game);
  Checkpoint middle;
  TrainHooks hooks;
  int turns = 0;
  hooks.progress = [&](const Progress&) { return ++turns < 4; };  // a measurement waits for D's next turn by then
  hooks.save = [&](const Checkpoint& c) { middle = copy(c); };
  EXPECT_EQ(early->run(schedule, hooks), Outcome::stopped);
  EXPECT_EQ(middle.tensors.count("waiting.rng"), 1u);

  ToyGame late_game;
  auto late = faithful(late_game);
  late->restore(middle);
  EXPECT_EQ(late->run(schedule, {}), Outcome::finished);
  expect_equal(whole->checkpoint(), late->checkpoint());
  expect_records_of_the_whole(whole_game, early_game, late_game);
}

TEST(Trainer, EvaluationsLeaveNoTraceInTheGame) {
  const auto of_looks = [](const std::string& name) {  // what looks note, and the streams that they alone draw from
    for (const char* own :
         {"last", "watch", "rng.looks", "waiting.", "sampler.select", "sampler.probe", "sampler.look"})
      if (name.starts_with(own)) return true;
    return false;
  };
  ToyGame often_game, never_game;
  auto often = often_game.trainer(), never = never_game.trainer();
  often->run({64 * 40, 64, 64, 64 * 40}, {});
  never->run({64 * 40, 64 * 40, 64 * 40, 64 * 40}, {});
  const Checkpoint a = often->checkpoint(), b = never->checkpoint();
  for (const auto& [name, tensor] : a.tensors)
    if (!of_looks(name)) {
      EXPECT_TRUE(same(tensor, b.tensors.at(name))) << name;
    }
}

TEST(Trainer, LearnsTwoBlobs) {
  ToyGame game;
  auto trainer = game.trainer();
  trainer->run({64 * 1500, 64 * 1500, 64 * 1500, 64 * 1500}, {});
  // V of a D that still tells real from fake surely would be near 0; at P_G near P_data it is near -log 4 = -1.386
  double value = 0;
  for (const auto& record : game.sink.records)
    if (record.name == "select/value") value = record.value;
  EXPECT_LT(value, -1.1);
}

TEST(Trainer, RecordsTheValueAndTheBoundOnlyWhereLogitsAreLogOdds) {
  for (const char* objective : {"non_saturating", "fgan_reverse_kl", "hinge", "relativistic"}) {
    ToyGame game;
    game.options.objective = objective;
    auto trainer = game.trainer();
    trainer->run(kShort, {});
    std::map<std::string, int> counts;
    for (const auto& record : game.sink.records) ++counts[record.name];
    const int evaluations = find_objective(objective).logits_are_log_odds ? 3 : 0;
    for (const char* name : {"select/value", "select/jsd_at_least", "train/value", "select/real_correct"})
      EXPECT_EQ(counts[name], evaluations) << objective << " " << name;
    EXPECT_EQ(counts["discriminator/overfitting"], 3) << objective;
  }
}

/// A linear D that keeps what it was shown.
class Watcher final : public Network {
 public:
  Watcher() { weight_ = add_parameter("weight", at::zeros({2})); }
  Tensor forward(const Tensor& x, const Tensor&) override {
    seen.push_back(x.detach());
    return x.mv(weight_);
  }
  std::vector<Tensor> seen;

 private:
  Tensor weight_;
};

TEST(Trainer, AddsTheNoiseInTheDatasUnitsToAllThatDSees) {
  // The sample standard deviation of 20,000 draws is within 4 % of the true one in all but 1e-15 of runs.
  ToyGame game;
  game.options.batch_size = 20000;
  game.options.noise = 10;  // beside which the blobs' own spread is nothing
  auto watcher = std::make_unique<Watcher>();
  const std::vector<Tensor>& seen = watcher->seen;
  Game parts;
  parts.generator = make_generator({"mlp", {2}, 2, 8, 8, 1, 0, {}, {}}, 0);
  parts.discriminator = std::move(watcher);
  parts.objective = &find_objective("non_saturating");
  parts.train = &game.train;
  parts.train_again = &game.train_again;
  parts.reporting = &game.reporting;
  parts.sink = &game.sink;
  parts.scale = at::tensor({2.0F, 5.0F});
  Trainer trainer(std::move(parts), game.options, at::kCPU);
  ASSERT_TRUE(trainer.step());
  ASSERT_EQ(seen.size(), 3);  // real, fake, and fake again in G's step
  for (const Tensor& x : seen) {
    EXPECT_NEAR(x.select(1, 0).std().item<double>() / 20, 1, 0.04);
    EXPECT_NEAR(x.select(1, 1).std().item<double>() / 50, 1, 0.04);
  }
  ASSERT_TRUE(trainer.step({1, 0}));
  EXPECT_LT(seen[3].abs().max().item<double>(), 2);
}

Tensor infinite_loss(const Tensor& real, const Tensor& fake) { return real.mean() / 0.0 + fake.mean(); }
Tensor finite_loss_with_bad_gradient(const Tensor&, const Tensor& fake) { return at::sqrt(fake * 0).sum(); }
Tensor calm_loss(const Tensor& real, const Tensor& fake) {
  return (real.defined() ? real.mean() : at::zeros({})) + fake.mean();
}

/// Blobs, of which one draw (a fault of the data or of memory, say) is not finite.
class FaultyBlobs final : public Sampler {
 public:
  explicit FaultyBlobs(int64_t fault) : blobs_(1), fault_(fault) {}
  Batch sample(int64_t n) override {
    Batch batch = blobs_.sample(n);
    if (draws_++ == fault_) batch.x[0][0] = std::numeric_limits<float>::quiet_NaN();
    return batch;
  }
  std::vector<int64_t> shape() const override { return {2}; }
  TensorMap state() const override {
    TensorMap state = blobs_.state();
    state["draws"] = at::tensor(draws_);
    return state;
  }
  void set_state(const TensorMap& state) override {
    blobs_.set_state(state);
    draws_ = state.at("draws").item<int64_t>();
  }

 private:
  test::Blobs blobs_;
  int64_t fault_, draws_ = 0;
};

/// A game whose data are not finite at step 40 of 60, 10 steps after a checkpoint.
struct FaultyGame {
  ToyGame game;
  FaultyBlobs train{40};
  Checkpoint stopped;
  std::string went_back;

  Outcome play(int64_t until, const Checkpoint* from = nullptr, int64_t rollbacks = 3) {
    game.options.rollbacks = rollbacks;
    const auto trainer = game.trainer(&train);
    if (from != nullptr) trainer->restore(*from);
    TrainHooks hooks;
    hooks.progress = [&](const Progress& p) { return p.samples < until; };
    hooks.save = [&](const Checkpoint& c) { stopped = copy(c); };
    hooks.went_back = [&](const std::string& text) { went_back = text; };
    const Outcome outcome = trainer->run(kShort, hooks);
    failure = trainer->failure();
    return outcome;
  }
  std::string failure;
};

TEST(Trainer, GoesBackToTheLastGoodMomentWithSmallerSteps) {
  FaultyGame faulty;
  EXPECT_EQ(faulty.play(1 << 30), Outcome::finished);
  EXPECT_NE(faulty.went_back.find("is not finite"), std::string::npos) << faulty.went_back;
  EXPECT_NE(faulty.went_back.find("back to the players of 1920 samples"), std::string::npos) << faulty.went_back;
  EXPECT_EQ(faulty.stopped.facts.at("rollbacks"), "1");
  int records = 0;
  for (const auto& r : faulty.game.sink.records) records += r.name == "failure/not_finite" ? 1 : 0;
  EXPECT_EQ(records, 1);
  for (const auto& [name, tensor] : faulty.stopped.tensors)
    if (name.rfind("generator.", 0) == 0) {
      EXPECT_TRUE(at::isfinite(tensor).all().item<bool>()) << name;
    }
}

TEST(Trainer, GivesUpWhereTheTimesToGoBackAreUsedUp) {
  FaultyGame faulty;
  EXPECT_EQ(faulty.play(1 << 30, nullptr, 0), Outcome::failed);
  EXPECT_NE(faulty.failure.find("discriminator/loss is not finite"), std::string::npos) << faulty.failure;
}

// Stopped between the last good moment and the fault: the checkpoint carries both.
TEST(Trainer, GoesBackAlikeAfterItWasStoppedAndResumed) {
  FaultyGame whole, early, late;
  EXPECT_EQ(whole.play(1 << 30), Outcome::finished);
  EXPECT_EQ(early.play(64 * 35), Outcome::stopped);
  EXPECT_EQ(early.stopped.facts.at("good_samples"), "1920");
  EXPECT_EQ(late.play(1 << 30, &early.stopped), Outcome::finished);
  expect_equal(whole.stopped, late.stopped);
}

TEST(Trainer, StopsAtALossThatIsNotFiniteBeforeTheWeightsAreTouched) {
  const Objective broken = {"broken", "", infinite_loss, calm_loss, false};
  ToyGame game;
  NetworkOptions networks{"mlp", {2}, 2, 8, 8, 1, 0, {}, {}};
  Game parts{make_generator(networks, 0),
             make_discriminator(networks, 0),
             nullptr,
             &broken,
             &game.train,
             &game.train_again,
             &game.reporting,
             &game.sink};
  Trainer trainer(std::move(parts), game.options, at::kCPU);
  const Checkpoint before = copy(trainer.checkpoint());
  EXPECT_EQ(trainer.run(kShort, {}), Outcome::failed);
  EXPECT_NE(trainer.failure().find("discriminator/loss"), std::string::npos) << trainer.failure();
  for (const auto& [name, tensor] : trainer.checkpoint().tensors)
    if (name.rfind("discriminator.", 0) == 0) {
      EXPECT_TRUE(at::equal(tensor, before.tensors.at(name))) << name;
    }
}

TEST(Trainer, NamesTheGradientThatIsNotFinite) {
  const Objective broken = {"broken", "", calm_loss, finite_loss_with_bad_gradient, false};
  ToyGame game;
  NetworkOptions networks{"mlp", {2}, 2, 8, 8, 1, 0, {}, {}};
  Game parts{make_generator(networks, 0),
             make_discriminator(networks, 0),
             nullptr,
             &broken,
             &game.train,
             &game.train_again,
             &game.reporting,
             &game.sink};
  Trainer trainer(std::move(parts), game.options, at::kCPU);
  EXPECT_EQ(trainer.run(kShort, {}), Outcome::failed);
  EXPECT_NE(trainer.failure().find("the gradient of generator."), std::string::npos) << trainer.failure();
  EXPECT_NE(trainer.failure().find("G's loss"), std::string::npos) << trainer.failure();
}

TEST(Trainer, RefusesACheckpointOfAnotherArchitectureOrOtherOptions) {
  ToyGame game, wider, faster;
  const Checkpoint checkpoint = game.trainer()->checkpoint();
  wider.options.generator_width = 32;
  EXPECT_THROW(wider.trainer()->restore(checkpoint), Error);
  faster.options.generator_rate = 0.1;
  EXPECT_THROW(faster.trainer()->restore(checkpoint), Error);
}

/// Whatever a checkpoint lacks, or has in another shape, is named with its path; nothing of LibTorch's or the standard
/// library's reaches the caller.
TEST(Trainer, NamesPathAndKeyOfAnythingThatACheckpointLacks) {
  ToyGame game;
  game.options.regularizer = "r1=1/4";
  game.is_measured = true;
  const auto trainer = game.trainer();
  Checkpoint whole = trainer->checkpoint();
  whole.path = "run/checkpoints/000000000000";
  EXPECT_NO_THROW(trainer->restore(whole));
  const auto check = [&](const Checkpoint& broken, const std::string& key) {
    try {
      game.trainer()->restore(broken);
      ADD_FAILURE() << key << ": no error";
    } catch (const Error& error) {
      const std::string text = error.what();
      EXPECT_TRUE(text.starts_with(whole.path + ": ")) << text;
      const std::string last = key.substr(key.rfind('.') + 1);
      EXPECT_NE(text.find(last), std::string::npos) << key << ": " << text;
      EXPECT_EQ(text.find('\n'), std::string::npos) << text;
    }
  };
  for (const auto& [key, tensor] : whole.tensors) {
    if (key.starts_with("sampler.") || key.starts_with("waiting.")) continue;  // states of this test's own samplers
    Checkpoint broken = whole;
    broken.tensors.erase(key);
    check(broken, key);
    if (key.ends_with("rng")) continue;  // its message names the kind
    broken.tensors[key] = at::zeros({3, 1, 2}, at::kLong);
    check(broken, key);
  }
  for (const char* key : {"open_gaps", "rollbacks", "generator_steps"}) {
    Checkpoint broken = whole;
    broken.facts.erase(key);
    check(broken, key);
    broken.facts[key] = "x";
    check(broken, key);
  }
}

TEST(EvaluationCounts, GiveTenFakesASampleButAtMostTenThousandAndNeverFewerThanReal) {
  EXPECT_EQ(evaluation_counts(100).fake, 1000);
  EXPECT_EQ(evaluation_counts(6000).fake, 10000);
  EXPECT_EQ(evaluation_counts(20000).fake, 20000);
  EXPECT_GT(evaluation_counts(0).real, 0);
}

}  // namespace
}  // namespace saddle
