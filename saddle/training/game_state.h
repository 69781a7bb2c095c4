// What the parts of a trainer share: the game, its options, and where it stands.
#pragma once
#include <limits>
#include <string>

#include "saddle/base/rng.h"
#include "saddle/critics/bounds.h"
#include "saddle/training/augmentation.h"
#include "saddle/training/failures.h"
#include "saddle/training/shards.h"
#include "saddle/training/staleness.h"
#include "saddle/training/trainer.h"
#include "saddle/training/trainer_part.h"

namespace saddle {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// What a simultaneous step of D leaves for G's: fakes with their graph, and the gradient of G's loss by them.
struct FakeGradient {
  Tensor fake, gradient;  // [n, ...]
  Tensor loss;            // of G, a scalar
};

/// A game being played. It is restored after all other parts, which may draw from its samplers to find their rows
/// again.
struct GameState final : TrainerPart {
  Game game;
  TrainOptions options;
  Device device;
  Rng latents;        // of training
  Rng value_latents;  // those of `draw_value_rows`
  Rng labels;         // of G's steps, where the game is class-conditional
  int64_t samples = 0, generator_steps = 0;
  double penalty = 1;                        // factor on D's penalties
  double noise = 0;                          // on all that D is shown, in units of the data's standard deviation
  Augmentation augmentation;                 // the law of T, through which D is shown all of it
  Tensor real_logits;                        // of D's last step
  std::vector<FakeGradient> fake_gradients;  // of each shard of this process; empty: there are none
  double discriminator_loss = kNan, generator_loss = kNan;
  double value = kNan, jsd_at_least = kNan, jsd_estimate = kNan;
  std::string failure, advice, reason;            // what `Trainer` returns by these names
  EvaluationSummary summary;                      // of the last evaluation
  OverfittingGap gap;                             // of the last evaluation
  EvaluationDivergence untrained{.samples = -1};  // where G stood before its first step; samples -1: nobody measured

  Shards shards;
  std::function<void()> ask_others;  // has the other processes call EvaluationCritic::help, while they wait for a word

  GameState(Game game, const TrainOptions& options, Device device);  // moves the networks to the device

  /// A generator for draws that training needs at every step, where the options say.
  Rng step_rng(const char* purpose) const {
    return make_rng(options.seed, purpose, options.draw_on == "device" ? device : Device(at::kCPU));
  }

  void save(Checkpoint& checkpoint) const override;
  void restore(const Checkpoint& checkpoint) override;

  Tensor draw_latents(int64_t n) {
    return randn({n, options.latent_dim}, latents, device);
  }  // [n, latent_dim] on the device

  /// The next batch of `from` on the device, with labels where the game is class-conditional alone.
  ///
  /// Throws: Error where it is, and the samples have none.
  Batch draw_real(Sampler& from, int64_t n) const;

  /// The rows of the next batch of `train` that this process computes, likewise.
  Batch draw_batch() const;

  /// Trains one player by a pass for each shard (Shards::train).
  Tensor train(Network& player, const std::function<Tensor(int64_t shard)>& pass);

  /// Labels [n] as often as the data have them; undefined where the game is not class-conditional.
  Tensor draw_labels(int64_t n, Rng& rng) const;

  /// The same as often as `train` gives them.
  Tensor draw_trained_labels(int64_t n, Rng& rng) const;

  /// n samples of a generator, with labels as often as the data have them. Shapes: x [n, ...] on the CPU.
  Batch draw_fakes(Network& generator, int64_t n, Rng& rng) const;

  /// The generator that people are shown: the average, where there is one.
  Network& shown_generator() const { return game.average ? *game.average : *game.generator; }

  /// Notes what is not finite, and from which term it came; returns false.
  bool fail(const std::string& tensor, const std::string& term);

  /// Writes a number to the game's sink, with its interval or its standard error where it has one.
  void record(const std::string& name, double number, Interval interval = {kNan, kNan, kNan}) const;
  void record_estimate(const std::string& name, double number, double standard_error) const;  // likewise

  /// Held-out rows, seen through T, with latents beside them, that the game's value is told on between evaluations.
  ValueRows draw_value_rows(Sampler& from);
  int64_t value_row_count(const Sampler& from) const;  // how many

  /// Lets parts hear of a step, in the process that leads.
  void tell(const TrainerParts& parts, void (TrainerPart::*hook)()) const;

  /// Takes how often T is applied from the process that leads, which follows D's overfitting.
  void share_augmentation();

  /// The game's value on them, by blocks (`game_values`).
  Tensor values_on(const ValueRows& rows) const;

 private:
  std::vector<std::pair<const char*, Sampler*>> samplers() const;
  Batch placed(const Batch& batch) const;
};

}  // namespace saddle
