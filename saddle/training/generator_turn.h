// G's turn: small steps under a D that stays as it is, at a fixed length or as long as D remains a judge of G.
#pragma once
#include "saddle/training/player.h"
#include "saddle/training/shown.h"

namespace saddle {

/// Trains G, and its average.
class GeneratorTurn final : public TrainerPart {
 public:
  /// `parts` hear of each step.
  GeneratorTurn(GameState& state, Player& generator, Shown& shown, const TrainerParts& parts)
      : state_(state), generator_(generator), shown_(shown), parts_(parts) {}

  /// Both return false where something was not finite, and then the weights are as they were before that step.
  bool step();
  bool turn();  // of as many steps as the options say

  /// The share of a full step that a trusted one takes.
  double radius() const { return radius_; }

  /// The share of all steps that were cut to stay within D's trust.
  double shortened_share() const;

  void save(Checkpoint& checkpoint) const override;
  void restore(const Checkpoint& checkpoint) override;
  void roll_back(const TensorMap&) override;

 private:
  /// Latents, and how D is shown what G makes of them.
  struct ShownLatents {
    Tensor z, labels, fake, noise;
    Transform transform;
  };

  bool is_finite(const Tensor& loss);
  void guide_noise();
  double fitted_width() const;
  Tensor pass(const Batch& real);
  Tensor moved(const Tensor& before, const Tensor& after) const;
  void trusted_step(const Tensor& fake_logits);

  GameState& state_;
  Player& generator_;
  Shown& shown_;
  const TrainerParts& parts_;
  std::vector<ShownLatents> shown_latents_;  // of a trusted step, of each shard of this process
  double radius_ = 1;
  int64_t shortened_steps_ = 0;
  int64_t samples_at_turn_ = 0;  // seen when G had its last turn
};

}  // namespace saddle
