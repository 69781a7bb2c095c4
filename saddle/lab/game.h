// A game against a known P: the trainer's own steps, with every quantity of the theory beside them, exactly.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "saddle/base/record.h"
#include "saddle/lab/pushforward.h"
#include "saddle/training/options.h"
#include "saddle/training/trainer.h"

namespace saddle {

/// What a lab game is played with.
struct LabOptions {
  TrainOptions train;                                           // latent_dim must be the target's dimension
  int64_t turns = 0;                                            // of G, at which the game ends; 0: as planned
  int64_t draws = 1000;                                         // a side, for the estimate at each moment; 0: none
  PushOptions push = {.tolerance = 1e-7, .most_cells = 40000};  // of each push-forward
};

/// Where the lab's pictures go: a name and uint8 [H, W, 3].
using PictureSink = std::function<void(const std::string& name, const Tensor& pixels)>;

/// D's forward pass in float64 and evaluation mode, on copies of its weights. Shapes: x [n, d] to logits [n].
GeneratorFunction discriminator_function(const Network& discriminator, const NetworkOptions& options);

/// V(D, G) of any D, from its logits at the comparison's points; -inf is possible where D is sure and wrong.
double value_at(const Comparison& comparison, const Tensor& logits);

/// One game of `Trainer` against a density.
///
/// At each evaluation, after G's step from G_t to G_{t+1}, it records beside what the trainer does
///   lab/js_exact, lab/js_error, lab/singular_mass   of P_G (G_{t+1}), by push-forward
///   lab/value, lab/value_max    V(D_t, G_{t+1}) and max_D V(D, G_{t+1}) = -2 log 2 + 2 JSD
///   lab/value_before            V(D_t, G_t): D_t was fitted there
///   lab/js_estimated, lab/js_certified              of `fit_critic` on fresh draws of both sides
/// The same options, seed and threads give the same bits.
class LabGame {
 public:
  /// `sink` must outlive the game. Throws: Error for a target of more than two dimensions, or other options than an
  /// mlp with as many latents as coordinates.
  LabGame(const std::shared_ptr<const Distribution>& target, const LabOptions& options, Sink& sink);
  ~LabGame();

  /// Goes on from a checkpoint that `play` saved, as if it had never stopped.
  ///
  /// Throws: Error naming what does not fit.
  void restore(const Checkpoint& checkpoint);

  /// Plays the plan, as `Trainer::run` does; `picture` may be empty.
  Outcome play(const Schedule& schedule, const TrainHooks& hooks, const PictureSink& picture);

  /// What the report draws, as JSON (docs/formats.md: lab.json); after `play`.
  std::string pictures_json() const;

  int64_t generator_parameters() const;
  int64_t discriminator_parameters() const;
  const Trainer& trainer() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace saddle
