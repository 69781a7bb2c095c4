// What is measured and recorded at an evaluation beside the evaluation critic: V of the game's D, losses, a picture.
#pragma once
#include "saddle/training/game_state.h"
#include "saddle/training/player.h"

namespace saddle {

/// V(D,G) on held-out and on training samples, the share that D gets right, and G's gradients under both losses; all of
/// samples as D sees them, through T.
class ValueObserver final : public TrainerPart {
 public:
  ValueObserver(GameState& state, Player& generator) : state_(state), generator_(generator) {}  // both outlive it
  void save(Checkpoint&) const override {}
  void restore(const Checkpoint&) override {}
  void observe(Observation& now) override;

 private:
  void record_value(const Tensor& held_out, const Tensor& trained, const Tensor& fakes);
  void record_generator_gradients(Rng& rng);

  GameState& state_;
  Player& generator_;
};

/// The picture of what the generator makes of the same latents every time.
class GridObserver final : public TrainerPart {
 public:
  explicit GridObserver(GameState& state);  // draws the latents
  void save(Checkpoint&) const override {}
  void restore(const Checkpoint&) override {}
  void begin(const TrainHooks& hooks) override;
  void observe(Observation& now) override;

 private:
  GameState& state_;
  Tensor latents_, labels_;
};

/// The losses of the last step, and the norm of D's gradient.
class LossObserver final : public TrainerPart {
 public:
  explicit LossObserver(GameState& state) : state_(state) {}  // which outlives it
  void save(Checkpoint&) const override {}
  void restore(const Checkpoint&) override {}
  void observe(Observation& now) override;

 private:
  GameState& state_;
};

}  // namespace saddle
