// What a trainer is made of: the players, their optimisers, and what must be kept to go on; private to training.
#pragma once
#include <limits>
#include <string>

#include "saddle/base/rng.h"
#include "saddle/critics/bounds.h"
#include "saddle/objectives/regularizer.h"
#include "saddle/training/trainer.h"

namespace saddle {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// A game being played. Steps and evaluations have a file each: trainer_steps.cpp, trainer_evaluation.cpp.
struct Trainer::State {
  Game game;
  TrainOptions options;
  Device device;
  Adam generator_adam, discriminator_adam;
  Regularization regularization;
  Rng latents;  // of training
  Tensor grid_latents;
  int64_t samples = 0, generator_steps = 0;
  double discriminator_loss = kNan, generator_loss = kNan;
  double value = kNan, jsd_bound = kNan;
  std::string failure;

  State(Game&& g, const TrainOptions& o, Device d)
      : game(std::move(g)), options(o), device(d),
        generator_adam(*game.generator, {o.generator_rate, o.beta1, o.beta2}),
        discriminator_adam(*game.discriminator, {o.discriminator_rate, o.beta1, o.beta2}),
        regularization(parse_regularizers(o.regularizer, "regularizer"), *game.objective, *game.discriminator,
                       static_cast<uint64_t>(o.seed)),
        latents(make_rng(static_cast<uint64_t>(o.seed), "latents")) {
    constexpr int64_t kGridSamples = 64;
    Rng rng = make_rng(static_cast<uint64_t>(o.seed), "grid");
    grid_latents = randn({kGridSamples, o.latent_dim}, rng);
  }

  Tensor draw_latents(int64_t n) { return randn({n, options.latent_dim}, latents, device); }
  Tensor shown_real();  // a batch of real samples as D is shown them
  Network& shown_generator() { return game.average ? *game.average : *game.generator; }

  bool discriminator_step();
  bool generator_step();
  bool fail(const std::string& tensor, const std::string& term);
  void record(const std::string& name, double number, Interval interval = {kNan, kNan, kNan}) const;
  void record_losses() const;
  void evaluate();
  void record_value(const Tensor& held_out, const Tensor& trained, const Tensor& fakes);
  void record_generator_gradients(Rng& rng);
  void draw_grid(const TrainHooks& hooks);
};

}  // namespace saddle
