// Implements what D is shown.
#include "saddle/training/shown.h"

namespace saddle {

Shown::Shown(GameState& state)
    : state_(state), regularization_(parse_regularizers(state.options.regularizer, "regularizer"),
                                     *state.game.objective, *state.game.discriminator, state.options.seed),
      noise_draws_(state.step_rng("noise")), transform_draws_(make_rng(state.options.seed, "augmentation")) {
  state_.shards.key("noise", noise_draws_);
  state_.shards.key("augmentation", transform_draws_);
  state_.shards.key("regularization", regularization_.rng());
}

Tensor Shown::noised(const Tensor& x) {
  if (state_.noise <= 0) return x;
  const Tensor draws = state_.noise * randn(x.sizes(), noise_draws_, state_.device);
  const Tensor& scale = state_.game.scale;
  return scale.defined() ? at::addcmul(x, draws, scale.to(state_.device)) : x + draws;
}

TensorMap Shown::rollback_state() const {
  TensorMap all = regularization_.state("regularization.");
  all["rng.noise"] = rng_state(noise_draws_);
  if (state_.augmentation.kinds.any()) all["rng.augmentation"] = rng_state(transform_draws_);
  return all;
}

void Shown::restore(const Checkpoint& checkpoint) {
  regularization_.set_state(checkpoint.tensors, "regularization.");
  set_rng_state(noise_draws_, checkpoint.tensor("rng.noise", at::kByte, {-1}));
  if (state_.augmentation.kinds.any())
    set_rng_state(transform_draws_, checkpoint.tensor("rng.augmentation", at::kByte, {-1}));
}

void Shown::roll_back(const TensorMap& tensors) {
  const auto noise = tensors.find("rng.noise");
  if (noise == tensors.end()) return;  // of a run that an earlier version began: these did not go back
  regularization_.set_state(tensors, "regularization.");
  set_rng_state(noise_draws_, noise->second);
  if (state_.augmentation.kinds.any()) set_rng_state(transform_draws_, tensors.at("rng.augmentation"));
}

}  // namespace saddle
