// Implements the making of the players.
#include "saddle/lab/players.h"

#include "saddle/base/error.h"

namespace saddle {
namespace {

constexpr int64_t kScaleDraws = 10'000;

/// The networks for a density: D sees standardised points, G writes them in the density's own units.
NetworkOptions networks_for(const Distribution& density, const TrainOptions& options) {
  NetworkOptions networks;
  networks.family = options.network;
  networks.shape = {density.dim()};
  networks.latent_dim = options.latent_dim;
  networks.generator_width = options.generator_width;
  networks.discriminator_width = options.discriminator_width;
  networks.layers = options.layers;
  Rng rng = make_rng(options.seed, "lab/scale");
  const Tensor x = density.sample(kScaleDraws, rng);
  networks.loc = x.mean(0).to(at::kFloat);
  networks.scale = x.std(0, /*unbiased=*/false).clamp_min(1e-12).to(at::kFloat);
  return networks;
}

}  // namespace

LabPlayers make_players(const std::shared_ptr<const Distribution>& density, const TrainOptions& options, Sink& sink) {
  const int64_t d = density->dim();
  if (d <= 2 && options.latent_dim != d)
    throw Error("lab: expected --latent-dim " + std::to_string(d) + ", the target's dimension, got " +
                std::to_string(options.latent_dim) + " (only then P_G has a density)");
  if (options.network != "mlp") throw Error("lab: expected --network mlp for points, got " + options.network);
  const auto seed = options.seed;
  const auto sampler = [&](const char* purpose) { return make_sampler(density, make_rng(seed, purpose)); };
  LabPlayers players;
  players.networks = networks_for(*density, options);
  players.train = sampler("lab/train");
  players.probe = sampler("lab/probe");
  players.select = sampler("lab/select");
  Game& game = players.game;
  game.generator = make_generator(players.networks, seed);
  game.discriminator = make_discriminator(players.networks, seed);
  if (options.ema_half_life > 0) game.average = make_generator(players.networks, seed);
  game.objective = &find_objective(options.objective);
  game.scale = players.networks.scale;
  game.train = players.train.get();
  game.train_again = players.probe.get();
  game.reporting = players.select.get();
  game.sink = &sink;
  return players;
}

TensorMap copy_of(const Network& network) {
  TensorMap state = network.state();
  for (auto& [name, tensor] : state) tensor = tensor.clone();
  return state;
}

}  // namespace saddle
