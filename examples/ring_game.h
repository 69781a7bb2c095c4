// What the examples that are about something else share: a small game on the built-in ring of eight Gaussians.
#pragma once
#include <memory>

#include "saddle/base/rng.h"
#include "saddle/distributions/toys.h"
#include "saddle/training/presets.h"
#include "saddle/training/trainer.h"

namespace example {

/// Drops what it is told.
class NoSink final : public saddle::Sink {
 public:
  void write(const saddle::Record&) override {}
};

/// Samplers, options and networks of a game on the ring; it must outlive the trainer that plays it.
struct RingGame {
  std::unique_ptr<saddle::Sampler> train = make("train"), probe = make("probe"), select = make("select");
  NoSink no_sink;
  saddle::TrainOptions options = saddle::resolve_options({{"samples", "200000", "ring_game.h"},
                                                          {"batch_size", "128", "ring_game.h"},
                                                          {"output_noise", "0", "ring_game.h"}},
                                                         /*images=*/false);

  saddle::NetworkOptions networks() const {
    saddle::NetworkOptions n;
    n.family = options.network;
    n.shape = {2};
    n.latent_dim = options.latent_dim;
    n.generator_width = options.generator_width;
    n.discriminator_width = options.discriminator_width;
    return n;
  }

  /// The game as it is; an example then replaces the part that it is about.
  saddle::Game game() {
    saddle::Game g;
    g.generator = saddle::make_generator(networks(), /*seed=*/1);
    g.discriminator = saddle::make_discriminator(networks(), /*seed=*/1);
    g.objective = &saddle::find_objective("non_saturating");
    g.train = train.get();
    g.train_again = probe.get();
    g.reporting = select.get();
    g.sink = &no_sink;
    return g;
  }

  saddle::Schedule schedule() const {
    return saddle::make_schedule(options, options.samples, /*evaluation_samples=*/22000);
  }

 private:
  static std::unique_ptr<saddle::Sampler> make(const char* purpose) {
    return saddle::make_sampler(saddle::make_distribution(saddle::Ring{}), saddle::make_rng(/*seed=*/1, purpose));
  }
};

}  // namespace example
