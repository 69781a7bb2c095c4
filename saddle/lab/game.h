// A game against a known P: the trainer's own steps, with every quantity of the theory beside them, exactly.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "saddle/base/record.h"
#include "saddle/lab/known_game.h"
#include "saddle/lab/lab_pictures.h"

namespace saddle {

/// What a lab game is played with.
struct LabOptions {
  TrainOptions train;                                           // latent_dim must be the target's dimension
  int64_t turns = 0;                                            // of G, at which the game ends; 0: as planned
  int64_t draws = 1000;                                         // a side, for the estimate at each snapshot; 0: none
  PushOptions push = {.tolerance = 1e-7, .most_cells = 40000};  // of each push-forward
};

/// Where the lab's pictures go: a name and uint8 [H, W, 3].
using PictureSink = std::function<void(const std::string& name, const Tensor& pixels)>;

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

  /// Goes on from a checkpoint that `play` saved, as if it had never stopped.
  ///
  /// Throws: Error naming what does not fit.
  void restore(const Checkpoint& checkpoint);

  /// Plays the plan, as `Trainer::run` does; `picture` may be empty.
  Outcome play(const Schedule& schedule, const TrainHooks& hooks, const PictureSink& picture);

  /// What the report draws, as JSON (docs/formats.md: lab.json); after `play`.
  std::string pictures_json() const { return lab_json(game_.density().dim(), pictures_); }

  const KnownGame& known() const { return game_; }  // what is played

 private:
  void count_turn(const Schedule& schedule, const PictureSink& picture);
  void observe(const Schedule& schedule, const PictureSink& picture);

  LabOptions options_;
  Sink& sink_;
  Target target_;
  KnownGame game_;
  TensorMap first_, previous_;        // G's weights at the start, and before its last step
  int64_t turns_ = 0, observed_ = 0;  // turns of G played, and the samples seen by the last one
  LabPictures pictures_;
};

}  // namespace saddle
