// Tests of batches in shards: whoever computes which, a run has the same bytes.
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>

#include "saddle/base/error.h"
#include "saddle/training/shards.h"
#include "tests/support/thread_group.h"
#include "tests/support/toy_game.h"

namespace saddle {
namespace {

using test::on_ranks;
using test::ThreadGroup;
using test::ToyGame;

constexpr int64_t kShown = 16;

/// Small pictures, with labels.
class Pictures final : public Sampler {
 public:
  explicit Pictures(uint64_t seed) : rng_(make_rng(seed, "pictures")) {}
  Batch sample(int64_t n) override {
    const Tensor labels = at::randint(2, {n}, rng_, at::kLong);
    return {(randn({n, 1, 8, 8}, rng_) * 0.3 + labels.view({n, 1, 1, 1}) - 0.5).clamp(-1, 1), labels};
  }
  std::vector<int64_t> shape() const override { return {1, 8, 8}; }
  int64_t count() const override { return 40; }  // so that evaluations are short
  TensorMap state() const override { return {{"rng", rng_state(rng_)}}; }
  void set_state(const TensorMap& state) override { set_rng_state(rng_, state.at("rng")); }

 private:
  Rng rng_;
};

/// One case: what a run is played with.
struct Case {
  const char* name;
  bool pictures;
  void (*set)(TrainOptions& options);
};

void set_nothing(TrainOptions&) {}

const Case kCases[] = {
    {"points", false, set_nothing},
    {"trusted", false,
     [](TrainOptions& o) {
       o.latent_dim = 4, o.generator_step = "trusted", o.trust = 1e-3, o.noise = 0.3, o.output_noise = 0.1;
     }},
    {"converged", false, [](TrainOptions& o) { o.critic_steps = 0, o.converged_over = 2, o.most_critic_steps = 4; }},
    {"simultaneous", false, [](TrainOptions& o) { o.updates = "simultaneous", o.regularizer = "spectral_norm,r1/2"; }},
    {"dcgan", true,
     [](TrainOptions& o) { o.network = "dcgan", o.regularizer = "r1/2,dragan/3", o.noise = o.noise_end = 0.1; }},
    {"relativistic", true,
     [](TrainOptions& o) { o.network = "residual", o.objective = "relativistic", o.regularizer = "r1,r2"; }},
    {"augmented", true, [](TrainOptions& o) { o.network = "dcgan", o.augment = "flip,shift,colour"; }},
    {"labels", true, [](TrainOptions& o) { o.network = "conv", o.labels = "auto"; }},
};

std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.name; }

/// A game of a case, in one of its processes.
struct Play {
  ToyGame toy;
  Pictures pictures[4] = {Pictures{1}, Pictures{2}, Pictures{3}, Pictures{4}};
  std::unique_ptr<Trainer> trainer;
  Checkpoint last;

  Play(const Case& c, int64_t shards, Group* group) {
    TrainOptions& o = toy.options;
    o.batch_size = kShown;
    o.shards = shards;
    c.set(o);
    if (c.pictures) o.generator_width = o.discriminator_width = 8;
    Game game = c.pictures ? picture_game() : toy.game();
    game.group = group;
    trainer = std::make_unique<Trainer>(std::move(game), o, at::kCPU);
  }

  Game picture_game() {
    const TrainOptions& o = toy.options;
    NetworkOptions networks;
    networks.family = o.network;
    networks.shape = {1, 8, 8};
    networks.latent_dim = o.latent_dim;
    networks.generator_width = networks.discriminator_width = o.generator_width;
    networks.layers = 1;
    networks.classes = o.labels == "auto" ? 2 : 0;
    Game game;
    game.generator = make_generator(networks, 5);
    game.discriminator = make_discriminator(networks, 5);
    game.average = make_generator(networks, 5);
    game.objective = &find_objective(o.objective);
    game.train = &pictures[0];
    game.train_again = &pictures[1];
    game.reporting = &pictures[2];
    game.steering = &pictures[3];
    if (networks.classes > 0) game.label_shares = at::full({2}, 0.5);
    game.sink = &toy.sink;
    return game;
  }

  /// Plays up to so many samples, and keeps the last checkpoint.
  void run(int64_t samples) {
    Schedule schedule;
    schedule.samples = samples;
    schedule.record_every = schedule.evaluate_every = kShown * 6;
    schedule.checkpoint_every = kShown * 4;
    TrainHooks hooks;
    hooks.save = [&](const Checkpoint& checkpoint) { last = copy(checkpoint); };
    trainer->run(schedule, hooks);
  }

  static Checkpoint copy(Checkpoint checkpoint) {
    for (auto& [name, tensor] : checkpoint.tensors) tensor = tensor.clone();
    return checkpoint;
  }
};

/// Of one shape and the same bits: two that are no numbers are the same here.
bool are_same(const Tensor& a, const Tensor& b) {
  const Tensor x = a.contiguous(), y = b.contiguous();
  return x.sizes() == y.sizes() && x.nbytes() == y.nbytes() &&
         std::memcmp(x.const_data_ptr(), y.const_data_ptr(), x.nbytes()) == 0;
}

void expect_same(const Checkpoint& a, const Checkpoint& b, const std::string& what) {
  EXPECT_EQ(a.facts, b.facts) << what;
  ASSERT_EQ(a.tensors.size(), b.tensors.size()) << what;
  for (const auto& [name, tensor] : a.tensors)
    EXPECT_TRUE(are_same(tensor, b.tensors.at(name))) << what << ": " << name;
}

/// The last checkpoint of rank 0 of so many.
Checkpoint played(const Case& c, int64_t ranks, const Checkpoint* start = nullptr) {
  Checkpoint last;
  on_ranks(ranks, [&](ThreadGroup& group) {
    Play play(c, 4, &group);
    if (start != nullptr) play.trainer->restore(*start);
    play.run(kShown * (start != nullptr ? 16 : 9));
    if (group.leads())
      last = play.last;
    else
      EXPECT_TRUE(play.toy.sink.records.empty());
  });
  return last;
}

class Shards : public testing::TestWithParam<Case> {};

TEST_P(Shards, GiveTheSameBytesToAnyNumberOfProcesses) {
  const Checkpoint one = played(GetParam(), 1);
  ASSERT_FALSE(one.tensors.empty());
  for (const int64_t ranks : {2, 4}) expect_same(one, played(GetParam(), ranks), std::to_string(ranks) + " ranks");
}

TEST_P(Shards, GoOnToTheSameBytesInAnotherNumberOfProcesses) {
  const Checkpoint half = played(GetParam(), 4);
  expect_same(played(GetParam(), 1, &half), played(GetParam(), 2, &half), "2 ranks");
  Play whole(GetParam(), 4, nullptr);
  whole.run(kShown * 9);
  whole.run(kShown * 16);
  expect_same(whole.last, played(GetParam(), 2, &half), "a run that was not interrupted");
}

INSTANTIATE_TEST_SUITE_P(Cases, Shards, testing::ValuesIn(kCases),
                         [](const auto& one) { return std::string(one.param.name); });

/// D's gradients of the first step.
std::vector<Tensor> first_gradients(int64_t shards, const char* regularizer) {
  ToyGame toy;
  toy.options.batch_size = 64;
  toy.options.shards = shards;
  toy.options.regularizer = regularizer;
  Game game = toy.game();
  Network& d = *game.discriminator;
  std::vector<Tensor> gradients;
  Trainer trainer(std::move(game), toy.options, at::kCPU);
  EXPECT_TRUE(trainer.move(Move::discriminator_step, Pace{}));
  for (const auto& [name, parameter] : d.parameters()) gradients.push_back(parameter.grad().clone());
  return gradients;
}

TEST(ShardsOfABatch, GiveTheMeanGradient) {
  // the rows are the same, the latents are others: their part of the gradient has the size of its sampling error
  const auto one = first_gradients(1, "none"), eight = first_gradients(8, "none");
  for (size_t i = 0; i < one.size(); ++i)
    EXPECT_LT((one[i] - eight[i]).norm().item<double>(), 0.5 * one[i].norm().item<double>() + 0.05) << i;
}

TEST(ShardsOfABatch, AreRefusedWhereTheyCannotBeDealtOut) {
  test::Mail mail;
  ThreadGroup four(0, 4, mail);
  for (const auto& [shards, batch, text] : {std::tuple{3, 64, "1, 2, 4, 8, ..., got 3"},
                                            {8, 60, "cuts a batch of 60 into equal shards of at least 2"},
                                            {8, 8, "at least 2 samples"},
                                            {2, 64, "one shard for each of 4 ranks, got 2"}}) {
    try {
      TrainOptions options;
      options.shards = shards;
      options.batch_size = batch;
      const saddle::Shards refused(options, &four);
      ADD_FAILURE() << shards << " shards of " << batch;
    } catch (const UsageError& error) {
      EXPECT_NE(std::string(error.what()).find(text), std::string::npos) << error.what();
    }
  }
}

TEST(ShardsOfABatch, GoBackTogether) {
  // data that turn bad for a while, in the rows of one process alone
  struct Bad final : Sampler {
    test::Blobs good{1};
    int64_t calls = 0;
    Batch sample(int64_t n) override {
      Batch batch = good.sample(n);
      if (++calls == 11) batch.x[n - 1].fill_(INFINITY);
      return batch;
    }
    std::vector<int64_t> shape() const override { return {2}; }
    TensorMap state() const override { return good.state(); }
    void set_state(const TensorMap& state) override { good.set_state(state); }
  };
  Checkpoint lasts[2];
  for (const int64_t ranks : {1, 4})
    on_ranks(ranks, [&](ThreadGroup& group) {
      ToyGame toy;
      toy.options.batch_size = kShown;
      toy.options.shards = 4;
      Bad bad;
      Game game = toy.game(&bad);
      game.group = &group;
      Trainer trainer(std::move(game), toy.options, at::kCPU);
      Schedule schedule;
      schedule.samples = kShown * 30;
      schedule.record_every = schedule.evaluate_every = kShown * 30;
      schedule.checkpoint_every = kShown * 4;
      int64_t returns = 0;
      TrainHooks hooks;
      hooks.went_back = [&](const std::string&) { ++returns; };
      hooks.save = [&](const Checkpoint& c) { lasts[ranks == 4] = Play::copy(c); };
      EXPECT_EQ(trainer.run(schedule, hooks), Outcome::finished);
      EXPECT_EQ(returns, group.leads() ? 1 : 0);
    });
  expect_same(lasts[0], lasts[1], "4 ranks");
}

TEST(ShardsOfABatch, StopAndFinishTogether) {
  on_ranks(2, [](ThreadGroup& group) {
    Play play(kCases[0], 4, &group);
    Schedule schedule;
    schedule.samples = kShown * 1000;
    schedule.record_every = schedule.evaluate_every = schedule.checkpoint_every = kShown * 1000;
    TrainHooks hooks;
    hooks.progress = [&](const Progress& progress) { return progress.samples < kShown * 5; };
    EXPECT_EQ(play.trainer->run(schedule, hooks), Outcome::stopped);
    EXPECT_EQ(play.trainer->samples(), kShown * 5);
  });
}

TEST(ShardsOfABatch, RefuseACheckpointOfPlayersThatDiffer) {
  std::atomic<int> refused = 0;
  on_ranks(4, [&](ThreadGroup& group) {
    ToyGame toy;
    toy.options.batch_size = kShown;
    toy.options.shards = 4;
    Game game = toy.game();
    game.group = &group;
    const at::NoGradGuard no_grad;
    if (group.rank() == 2) game.discriminator->parameters()[1].second.add_(1e-6);
    const at::AutoGradMode grad(true);
    Trainer trainer(std::move(game), toy.options, at::kCPU);
    Schedule schedule;
    schedule.samples = schedule.record_every = schedule.evaluate_every = schedule.checkpoint_every = kShown;
    try {
      trainer.run(schedule, {});
    } catch (const Error& error) {
      const std::string text = error.what();
      refused += text.find("discriminator.") != std::string::npos && text.find("in rank 2") != std::string::npos &&
                 text.find("after step 1") != std::string::npos;
    }
  });
  EXPECT_EQ(refused, 4);
}

}  // namespace
}  // namespace saddle
