// A small game on points for the tests of training: two Gaussian blobs, tiny networks, a sink that keeps records.
#pragma once
#include <memory>
#include <vector>

#include "saddle/base/rng.h"
#include "saddle/training/trainer.h"

namespace saddle::test {

/// Fresh draws from two blobs at (-1, 0) and (1, 0).
class Blobs final : public Sampler {
 public:
  explicit Blobs(uint64_t seed) : rng_(make_rng(seed, "blobs")) {}
  Batch sample(int64_t n) override {
    const Tensor side = (rand({n, 1}, rng_) < 0.5).to(at::kFloat) * 2 - 1;
    return {at::cat({side, at::zeros({n, 1})}, 1) + 0.1 * randn({n, 2}, rng_), {}};
  }
  std::vector<int64_t> shape() const override { return {2}; }
  TensorMap state() const override { return {{"rng", rng_state(rng_)}}; }
  void set_state(const TensorMap& state) override { set_rng_state(rng_, state.at("rng")); }

 private:
  Rng rng_;
};

class KeepRecords final : public Sink {
 public:
  void write(const Record& record) override { records.push_back(record); }
  std::vector<Record> records;
};

/// Everything of one small game; `options` may be changed before `trainer`.
struct ToyGame {
  TrainOptions options;
  Blobs train{1}, train_again{2}, reporting{3}, steering{4}, critic_steering{5}, critic_reporting{6}, critic_train{7};
  bool is_measured = false;             // whether the evaluation critic measures
  bool has_independent_critic = false;  // whether it has a network that is trained along
  KeepRecords sink;

  ToyGame() {
    options.network = "mlp";
    options.batch_size = 64;
    options.latent_dim = 2;
    options.generator_width = options.discriminator_width = 16;
    options.layers = 2;
    options.generator_rate = options.discriminator_rate = 1e-3;
    options.ema_half_life = 500;
  }

  std::unique_ptr<Trainer> trainer(Sampler* data = nullptr) {
    return std::make_unique<Trainer>(game(data), options, at::kCPU);
  }

  /// `data`: other than `train`, where it is not null.
  Game game(Sampler* data = nullptr) {
    NetworkOptions networks;
    networks.family = options.network;
    networks.shape = {2};
    networks.latent_dim = options.latent_dim;
    networks.generator_width = options.generator_width;
    networks.discriminator_width = options.discriminator_width;
    networks.layers = options.layers;
    networks.output_noise = options.output_noise;
    Game game;
    game.generator = make_generator(networks, 5);
    game.discriminator = make_discriminator(networks, 5);
    game.average = make_generator(networks, 5);
    game.objective = &find_objective(options.objective);
    game.train = data != nullptr ? data : &train;
    game.train_again = &train_again;
    game.reporting = &reporting;
    game.steering = &steering;
    if (has_independent_critic) game.independent_critic = networks, game.critic_train = &critic_train;
    if (is_measured) game.critic_steering = &critic_steering, game.critic_reporting = &critic_reporting;
    game.sink = &sink;
    return game;
  }
};

}  // namespace saddle::test
