// D's turn: some steps towards max_D V(D,G), or as many as bring it there.
#pragma once
#include "saddle/training/player.h"
#include "saddle/training/shown.h"

namespace saddle {

/// Trains D. It has no state of its own: all of it is the player's, and what D is shown.
class DiscriminatorTurn {
 public:
  /// `parts` hear of each step and of the turn's end.
  DiscriminatorTurn(GameState& state, Player& discriminator, Shown& shown, const TrainerParts& parts)
      : state_(state), discriminator_(discriminator), shown_(shown), parts_(parts) {}

  /// Both return false where something was not finite, and then the weights are as they were before that step.
  bool step();
  bool turn();  // of as many steps as the options say

 private:
  struct Fakes {
    Tensor made, fake;  // with G's graph, and without it
  };
  struct Logits {
    Tensor real, fake;
  };

  Tensor pass(const Batch& batch);
  bool converge();
  void keep_fake_gradient(const Fakes& fakes, const Logits& logits);

  GameState& state_;
  Player& discriminator_;
  Shown& shown_;
  const TrainerParts& parts_;
};

}  // namespace saddle
