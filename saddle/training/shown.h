// What D is shown of a sample in training: the sample with the noise that falls along the run and the regularisers'
// own, through the random transform T.
#pragma once
#include "saddle/objectives/regularizer.h"
#include "saddle/training/game_state.h"

namespace saddle {

/// Stands between samples and D. Its state goes back with the game.
class Shown final : public TrainerPart {
 public:
  explicit Shown(GameState& state);  // prepares D as the regularisers ask

  /// What D is shown of x. Shapes: x [n, ...] on the game's device; result as x.
  Tensor show(const Tensor& x) { return augmented(noised(x)); }

  /// The two halves of it: x with noise, which penalties are differentiated by, and T of that, drawn anew.
  Tensor noised(const Tensor& x);
  Tensor augmented(const Tensor& x) { return draw_transform(x)(x); }  // see `noised`

  /// T alone, for samples like x.
  Transform draw_transform(const Tensor& x) { return state_.augmentation.draw(x, transform_draws_); }

  Regularization& regularization() { return regularization_; }  // for D's turn

  void save(Checkpoint& checkpoint) const override { checkpoint.tensors.merge(rollback_state()); }
  void restore(const Checkpoint& checkpoint) override;
  TensorMap rollback_state() const override;
  void roll_back(const TensorMap& tensors) override;

 private:
  GameState& state_;
  Regularization regularization_;
  Rng noise_draws_, transform_draws_;
};

}  // namespace saddle
