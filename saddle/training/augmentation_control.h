// How often T is applied: as often as it takes for D not to know its training samples by heart.
#pragma once
#include "saddle/training/shown.h"

namespace saddle {

/// Moves the probability of each kind of T so that D's overfitting stays where it is asked to be.
///
///   r = (E D(T(train)) - E D(T(held out))) / max(E D(T(train)) - E D(T(G(z))), 1e-8)
///
/// D stands for its logit, so that r needs no zero of it and suits games of pairs too. It is 0 where D treats held-out
/// samples as it does those that it trains on, and 1 where it takes them for fakes. Now and then it is told from a
/// batch of each, averaged over about the last ten; the probability rises where it is above 1/2 and falls where it is
/// below, from 0 to 0.8. Where no gap opens it stays 0, and T costs nothing. A look costs three passes of D and one of
/// G, about 2 % of the steps between two. Records augmentation/probability and discriminator/held_out_gap, which is r.
/// Source: Karras et al. 2020, Training generative adversarial networks with limited data, eq. 1 (r_v).
class AugmentationControl final : public TrainerPart {
 public:
  AugmentationControl(GameState& state, Shown& shown);  // which outlive it

  /// Plans for a run of so many samples: the probability moves by 1 in a quarter of it, or in 50,000 samples if more.
  void set_run(int64_t samples);

  /// Moves the probability by what the logits of so many samples say. `train`, `held_out` and `fake` are means.
  void take(double train, double held_out, double fake, int64_t samples);

  void save(Checkpoint& checkpoint) const override { checkpoint.tensors.merge(rollback_state()); }
  void restore(const Checkpoint& checkpoint) override;
  TensorMap rollback_state() const override;
  void roll_back(const TensorMap& tensors) override;
  void after_discriminator_step() override;
  void observe(Observation& now) override;

 private:
  double gap() const;

  GameState& state_;
  Shown& shown_;
  Rng latents_;
  int64_t span_;                                // samples in which the probability moves by 1
  double train_ = 0, held_out_ = 0, fake_ = 0;  // averages of D's logits
  int64_t looks_ = 0, steps_ = 0;
};

}  // namespace saddle
