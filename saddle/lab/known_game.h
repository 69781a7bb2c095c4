// A game against a density that is known: the trainer, and beside it what G and D are, exactly.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>

#include "saddle/critics/fit_critic.h"
#include "saddle/lab/pushforward.h"
#include "saddle/training/options.h"
#include "saddle/training/trainer.h"

namespace saddle {

/// What is known of one snapshot of a game.
struct SnapshotNumbers {
  int64_t samples = 0;
  double js = 0, js_error = 0, singular_mass = 0;  // of P_G, by push-forward
  double value = 0, value_max = 0;                 // V(D, G), and what it is at the best D
  std::optional<double> value_before = {};         // V of the same D at the G that it was fitted to

  /// Writes them as lab/js_exact, lab/js_error, lab/singular_mass, lab/value_before, lab/value and lab/value_max.
  void write(Sink& sink) const;
};

/// How G begins, where it is no network about the data.
struct GeneratorStart {
  GeneratorFunction exact = {};  // G is this map, and never moves
  double offset = 0;             // how far the network is beside the data, in their standard deviations
};

/// A generator at one place of a path.
using GeneratorPath = std::function<GeneratorFunction(double place)>;

/// A game of `Trainer` against a density, and its players as functions in float64 on copies of their weights, which any
/// thread may call, also when the game is gone. The same options give the same start.
class KnownGame {
 public:
  /// D sees points on the data's scale, and G begins with them: of 10,000 draws. `sink` must outlive the game.
  ///
  /// Throws: Error for other options than an mlp with as many latents as coordinates.
  KnownGame(const std::shared_ptr<const Distribution>& density, const TrainOptions& options, Sink& sink,
            const GeneratorStart& start = {});

  Trainer& trainer() { return *trainer_; }                    // plays
  const Trainer& trainer() const { return *trainer_; }        // tells
  Network& generator() const { return *generator_; }          // the trainer's
  Network& discriminator() const { return *discriminator_; }  // the trainer's
  const Distribution& density() const { return *density_; }   // P
  const TrainOptions& options() const { return options_; }    // of the trainer

  /// Copies of G's parameters and buffers.
  TensorMap weights() const;

  GeneratorFunction generator_function(const TensorMap& weights) const;                   // of G with these
  GeneratorFunction generator_function() const { return generator_function(weights()); }  // of G
  PointFunction discriminator_function() const;                                           // of D

  /// G on the straight line from these weights (0) to its own (1), and beyond.
  GeneratorPath path_from(const TensorMap& weights) const;

  /// What a comparison with P_G says, and the logits that D has at its points.
  SnapshotNumbers numbers(const Comparison& comparison, const Tensor& logits) const;

 private:
  std::shared_ptr<const Distribution> density_;
  TrainOptions options_;
  NetworkOptions networks_;
  GeneratorFunction exact_;
  std::unique_ptr<Sampler> train_, train_again_, reporting_;
  Network *generator_ = nullptr, *discriminator_ = nullptr;  // the trainer's
  std::unique_ptr<Trainer> trainer_;
};

/// The JSD of a density and a generator from `draws` fresh draws a side; the same for the same seed and samples seen.
CriticFit fit_to_draws(const Distribution& density, const GeneratorFunction& generator, int64_t draws, uint64_t seed,
                       int64_t samples);

}  // namespace saddle
