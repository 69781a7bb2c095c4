// The alternating algorithm: some steps of D towards max_D V(D,G), then one step of G, over any sampler.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "saddle/base/record.h"
#include "saddle/base/rng.h"
#include "saddle/base/sampler.h"
#include "saddle/distributed/group.h"
#include "saddle/networks/network.h"
#include "saddle/networks/optimizer.h"
#include "saddle/objectives/objective.h"
#include "saddle/run/checkpoint.h"
#include "saddle/training/options.h"
#include "saddle/training/schedule.h"
#include "saddle/training/trainer_part.h"

namespace saddle {

/// What a game is played with. The samplers and the sink are the caller's and must outlive the trainer.
struct Game {
  std::unique_ptr<Network> generator;
  std::unique_ptr<Network> discriminator;
  std::unique_ptr<Network> average;  // of G, the same architecture; null: none
  const Objective* objective = nullptr;
  Sampler* train = nullptr;        // trains
  Sampler* train_again = nullptr;  // the same data again, for V on training samples and for what T follows
  Sampler* reporting = nullptr;    // held out, and steers nothing: what is reported of V and of staleness is told on it
  Sink* sink = nullptr;
  Sampler* steering = nullptr;  // held out too, and steers: D's convergence, failures, T's probability; null: reporting
  Sampler* critic_steering = nullptr;   // the same rows, for the evaluation critic; null: there is none
  Sampler* critic_reporting = nullptr;  // the rows of `reporting`, for what that critic reports; null: reporting
  std::optional<NetworkOptions> independent_critic = {};  // the networks' architecture, for one; none: there is none
  Sampler* critic_train = nullptr;                        // the training data again, for the independent critic
  Tensor label_shares = {};    // [K], of a class-conditional game: how often the data have each label; undefined: none
  Tensor trained_shares = {};  // [K], how often `train` gives each; undefined: as the data have them
  std::function<Tensor(const Tensor&)> critic_rows = {};  // samples as the evaluation critic is to see them; empty: so
  Tensor scale = {};            // of the data [d], which the options' noise is in units of; undefined: 1
  TrainerParts observers = {};  // the caller's, which outlive the trainer and are parts of it
  Group* group = nullptr;       // the processes that play it together, each its shards; null: this one
};

/// Where a run stands, for a progress line.
struct Progress {
  int64_t samples = 0, planned = 0;
  double value = 0;         // V of the last evaluation; NaN before it, and where D's logits are no log-odds
  double jsd_at_least = 0;  // by the evaluation critic, else by D; of that moment alone, 95 % sure
  double jsd_estimate = 0;  // by the evaluation critic's last measurement; NaN before it
};

/// What the caller hears of while training; any of them may be empty.
struct TrainHooks {
  std::function<bool(const Progress&)> progress;      // after every step of G; false stops the run
  std::function<void(const Checkpoint&)> save;        // at every checkpoint, at the end, and when stopped
  std::function<void(const Checkpoint&)> best;        // G alone, wherever it stands best so far
  std::function<void(const std::string&)> went_back;  // what failed, and to which moment the game went back
  std::function<Tensor(const Tensor&)> draw;          // lays samples [n, ...] out as a picture, uint8 [H, W, C]
};

/// How a run ended.
enum class Outcome {
  finished,  // the planned total is reached, or the rule to stop said so: `reason`
  stopped,   // `progress` said so; a checkpoint was saved
  failed,    // again after every return to a good snapshot: `failure` says what was seen, `advice` what to try
};

/// One player's part of `Trainer::step`.
enum class Move { discriminator_turn, discriminator_step, generator_turn, generator_step };

/// The alternating algorithm of GANs.
///
/// In turns: steps of D on fresh real and fake samples, `critic_steps` of them or until D has converged on held-out
/// rows; then `generator_steps` of G on fresh fakes, which compute no gradients for D's weights, each as long as its
/// rate says or, `trusted`, shortened until D remains a judge of it. The same options, seed and threads give the same
/// bits, on any number of processes (shards.h). Of several, that of rank 0 alone evaluates, records, decides, and calls
/// hooks; the others play its game, and do as it says. Source: Goodfellow et al. 2014, Generative Adversarial Nets,
/// Algorithm 1.
class Trainer {
 public:
  /// Takes the networks over and moves them to `device`.
  Trainer(Game game, const TrainOptions& options, Device device);
  ~Trainer();

  /// Plays one turn of D and one of G; returns false where something was not finite, and then changes nothing.
  bool step(const Pace& pace);

  /// The same at the pace of the run's beginning.
  bool step();

  /// Goes back after a step that was not finite, as `run` does; returns false once that was too often.
  bool recover(const TrainHooks& hooks);

  /// Records the grid of the untrained generator, and sees where it stands; `run` does so where it begins at 0.
  void begin(const TrainHooks& hooks);

  /// Plays one player's part alone, for whoever watches the game between them. Result: as of `step`.
  bool move(Move move, const Pace& pace);

  /// A failure (training/failures.h, or a number that is not finite) is answered by going back to the last checkpoint
  /// at which nothing was amiss, with half the step sizes, at most `rollbacks` times. Plays until the plan is reached,
  /// a hook stops it, or it fails too often; records, evaluates and saves on the schedule's grid. Throws: Error where
  /// the players of two processes differ at a checkpoint, or one is gone.
  Outcome run(const Schedule& schedule, const TrainHooks& hooks);

  /// Real samples shown to D so far.
  int64_t samples() const;

  /// The share of a full step that a trusted one takes.
  double radius() const;

  /// What failed: for what is not finite the tensor, the loss term and the step.
  const std::string& failure() const;

  /// What to try against it.
  const std::string& advice() const;

  /// Why the rule to stop ended the run; empty: it did not.
  const std::string& reason() const;

  /// Returns everything that `restore` needs to go on bit for bit.
  Checkpoint checkpoint() const;

  /// Goes on from a checkpoint. Throws: Error naming what does not fit.
  void restore(const Checkpoint& checkpoint);

 private:
  struct State;
  struct Verdict;
  void hear(Verdict& verdict);
  Verdict judge(int64_t before, const Schedule& schedule, const TrainHooks& hooks);
  void compare_players() const;
  Checkpoint generator_alone() const;

  std::unique_ptr<State> state_;
};

/// Draws n samples from a generator in evaluation mode.
///
/// Shapes: labels [n] int64, of a class-conditional generator; result [n, ...shape] float32 on the CPU. Latents are
/// N(0, I) from `rng`.
Tensor generate(Network& generator, int64_t latent_dim, int64_t n, Rng& rng, Device device, const Tensor& labels = {});

/// The same from given latents. Shapes: z [n, latent_dim] on the CPU.
Tensor decode_latents(Network& generator, const Tensor& z, Device device, const Tensor& labels = {});

/// How many real and fake samples an evaluation takes, given how many it has to report on (0: fresh draws).
struct EvaluationCounts {
  int64_t real, fake;
};
EvaluationCounts evaluation_counts(int64_t held_out_count);

}  // namespace saddle
