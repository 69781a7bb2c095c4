// A game whose every quantity is known: P = N(0, 1), and G an affine map of z, so that Q is normal too.
#pragma once
#include <memory>

#include "saddle/distributions/normal.h"
#include "saddle/divergences/exact.h"
#include "saddle/training/presets.h"
#include "tests/support/toy_game.h"

namespace saddle::test {

/// G(z) = scale z + loc.
class AffineGenerator final : public Network {
 public:
  AffineGenerator(double loc, double scale)
      : scale_(add_parameter("scale", at::full({1}, scale))), loc_(add_parameter("loc", at::full({1}, loc))) {}
  Tensor forward(const Tensor& z, const Tensor&) override { return z * scale_ + loc_; }
  double loc() const { return loc_.item<double>(); }
  double scale() const { return scale_.item<double>(); }

 private:
  Tensor scale_, loc_;
};

/// Fresh draws from N(0, 1).
class NormalRows final : public Sampler {
 public:
  explicit NormalRows(uint64_t seed) : rng_(make_rng(seed, "normal")) {}
  Batch sample(int64_t n) override { return {randn({n, 1}, rng_), {}}; }
  std::vector<int64_t> shape() const override { return {1}; }
  TensorMap state() const override { return {{"rng", rng_state(rng_)}}; }
  void set_state(const TensorMap& state) override { set_rng_state(rng_, state.at("rng")); }

 private:
  Rng rng_;
};

/// Set `options`, then take the trainer, and read `generator` between its steps.
struct NormalGame {
  TrainOptions options;
  NormalRows train, probe, select, look;
  KeepRecords sink;
  AffineGenerator* generator = nullptr;  // the trainer's

  explicit NormalGame(uint64_t seed)
      : options(resolve_options({{"preset", "faithful", ""}, {"latent_dim", "1", ""}}, /*images=*/false)),
        train(10 * seed + 1), probe(10 * seed + 2), select(10 * seed + 3), look(10 * seed + 4) {
    options.seed = static_cast<int64_t>(seed);
  }

  std::unique_ptr<Trainer> trainer(double loc, double scale) {
    NetworkOptions networks;
    networks.family = "mlp";
    networks.shape = {1};
    networks.latent_dim = 1;
    networks.discriminator_width = options.discriminator_width;
    networks.layers = options.layers;
    auto affine = std::make_unique<AffineGenerator>(loc, scale);
    generator = affine.get();
    Game game;
    game.generator = std::move(affine);
    game.discriminator = make_discriminator(networks, options.seed);
    game.objective = &find_objective(options.objective);
    game.train = &train;
    game.train_again = &probe;
    game.reporting = &select;
    game.steering = &look;
    game.sink = &sink;
    return std::make_unique<Trainer>(std::move(game), options, at::kCPU);
  }

  /// JSD(P, Q) of the present G.
  double exact_js() const {
    return exact_divergences(Normal(0, 1), Normal(generator->loc(), std::abs(generator->scale()))).js.value;
  }
};

}  // namespace saddle::test
