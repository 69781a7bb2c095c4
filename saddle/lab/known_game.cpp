// Implements the game against a known density.
#include "saddle/lab/known_game.h"

#include "saddle/base/error.h"

namespace saddle {
namespace {

constexpr int64_t kScaleDraws = 10'000;

/// The generator that needs no training.
class ExactGenerator final : public Network {
 public:
  explicit ExactGenerator(GeneratorFunction map) : map_(std::move(map)) {}
  Tensor forward(const Tensor& z, const Tensor&) override { return map_(z).to(z.scalar_type()); }

 private:
  GeneratorFunction map_;
};

/// The networks for a density: D sees standardised points, G writes them in the density's own units.
NetworkOptions networks_for(const Distribution& density, const TrainOptions& options) {
  const int64_t d = density.dim();
  if (d <= 2 && options.output_noise <= 0 && options.latent_dim != d)
    throw Error("lab: expected --latent-dim " + std::to_string(d) + ", the target's dimension, got " +
                std::to_string(options.latent_dim) + " (only then P_G has a density, or with --output-noise)");
  if (options.network != "mlp") throw Error("lab: expected --network mlp for points, got " + options.network);
  Rng rng = make_rng(options.seed, "lab/scale");
  const Tensor x = density.sample(kScaleDraws, rng);
  return {.family = options.network,
          .shape = {d},
          .latent_dim = options.latent_dim,
          .generator_width = options.generator_width,
          .discriminator_width = options.discriminator_width,
          .layers = options.layers,
          .output_noise = options.output_noise,
          .inner_noise = options.inner_noise,
          .loc = x.mean(0).to(at::kFloat),
          .scale = x.std(0, /*unbiased=*/false).clamp_min(1e-12).to(at::kFloat)};
}

/// G's function for some of its weights.
GeneratorFunction function_of(const NetworkOptions& networks, const GeneratorFunction& exact,
                              const TensorMap& weights) {
  if (exact.map) return exact;
  const auto twin = make_generator(networks, 0);
  twin->set_state(weights);
  return generator_function(*twin, networks);
}

/// Moves the first coordinate of all that G makes, in standard deviations of the data.
void shift(Network& generator, double offset) {
  TensorMap state = generator.state();
  Tensor loc = state.at("loc").clone();
  loc[0] += offset * state.at("scale")[0];
  state["loc"] = loc;
  generator.set_state(state);
}

}  // namespace

void SnapshotNumbers::write(Sink& sink) const {
  for (const auto& [name, number] : {std::pair{"lab/js_exact", std::optional(js)},
                                     {"lab/js_error", js_error},
                                     {"lab/singular_mass", singular_mass},
                                     {"lab/value_before", value_before},
                                     {"lab/value", value},
                                     {"lab/value_max", value_max}})
    if (number) sink.write({.name = name, .samples = samples, .value = *number});
}

KnownGame::KnownGame(const std::shared_ptr<const Distribution>& density, const TrainOptions& options, Sink& sink,
                     const GeneratorStart& start)
    : density_(density), options_(options), networks_(networks_for(*density, options)), exact_(start.exact) {
  const auto seed = options.seed;
  const auto sampler = [&](const char* purpose) { return make_sampler(density, make_rng(seed, purpose)); };
  train_ = sampler("lab/train");
  train_again_ = sampler("lab/probe");
  reporting_ = sampler("lab/select");
  Game game;
  game.generator = exact_.map ? std::make_unique<ExactGenerator>(exact_) : make_generator(networks_, seed);
  if (!exact_.map && start.offset != 0) shift(*game.generator, start.offset);
  game.discriminator = make_discriminator(networks_, seed);
  if (options.ema_half_life > 0) game.average = make_generator(networks_, seed);
  game.objective = &find_objective(options.objective);
  game.scale = networks_.scale;
  game.train = train_.get();
  game.train_again = train_again_.get();
  game.reporting = reporting_.get();
  game.sink = &sink;
  generator_ = game.generator.get();
  discriminator_ = game.discriminator.get();
  trainer_ = std::make_unique<Trainer>(std::move(game), options, at::kCPU);
}

TensorMap KnownGame::weights() const {
  TensorMap state = generator_->state();
  for (auto& [name, tensor] : state) tensor = tensor.clone();
  return state;
}

GeneratorFunction KnownGame::generator_function(const TensorMap& weights) const {
  return function_of(networks_, exact_, weights);
}

PointFunction KnownGame::discriminator_function() const {
  return saddle::discriminator_function(*discriminator_, networks_);
}

GeneratorPath KnownGame::path_from(const TensorMap& weights) const {
  return [networks = networks_, exact = exact_, first = weights, last = this->weights()](double place) {
    TensorMap between;
    for (const auto& [name, tensor] : first)
      between[name] = tensor.is_floating_point() ? tensor + place * (last.at(name) - tensor) : tensor;
    return function_of(networks, exact, between);
  };
}

SnapshotNumbers KnownGame::numbers(const Comparison& comparison, const Tensor& logits) const {
  return {.samples = trainer_->samples(),
          .js = comparison.js,
          .js_error = comparison.error,
          .singular_mass = comparison.singular_mass,
          .value = comparison.value(logits),
          .value_max = comparison.value_max()};
}

CriticFit fit_to_draws(const Distribution& density, const GeneratorFunction& generator, int64_t draws, uint64_t seed,
                       int64_t samples) {
  Rng rng = make_rng(seed, "lab/critic " + std::to_string(samples));
  const Tensor real = density.sample(draws, rng);
  const Tensor fake = generator.sample(draws, density.dim(), rng);
  CriticOptions options;
  options.seed = seed;
  return fit_critic(real, fake, options);
}

}  // namespace saddle
