// Implements a player's state.
#include "saddle/training/player.h"

namespace saddle {

TensorMap Player::rollback_state() const {
  TensorMap all = network_.state(name_ + ".");
  if (average_ != nullptr) all.merge(average_->state("average."));
  all.merge(adam_.state(name_ + "_adam."));
  return all;
}

void Player::roll_back(const TensorMap& tensors) {
  network_.set_state(tensors, name_ + ".");
  if (average_ != nullptr) average_->set_state(tensors, "average.");
  adam_.set_state(tensors, name_ + "_adam.");
}

}  // namespace saddle
