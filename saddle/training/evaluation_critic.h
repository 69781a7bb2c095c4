// Where a run stands by a critic that takes no part in the game: the best snapshot, and when to stop.
#pragma once
#include <memory>

#include "saddle/training/game_state.h"
#include "saddle/training/witness.h"

namespace saddle {

/// Fits a fresh critic on held-out rows at evaluations (standing.h), and trains a D that G never plays against for it.
/// None of it goes back with the game.
class EvaluationCritic final : public TrainerPart {
 public:
  /// Draws the held-out rows: the same for every look, so that looks differ by G alone; a density gives fresh ones.
  explicit EvaluationCritic(GameState& state);

  /// The most rows of either side that a look takes; 0: standing_budget's.
  void set_rows(int64_t rows) { most_rows_ = rows; }

  void save(Checkpoint& checkpoint) const override;
  void restore(const Checkpoint& checkpoint) override;
  void begin(const TrainHooks& hooks) override;
  void after_discriminator_step() override;
  void observe(Observation& now) override;

 private:
  std::pair<Standing, StandingReport> measure();
  bool look();
  bool wants_to_stop(const Schedule& schedule);

  GameState& state_;
  std::unique_ptr<Witness> witness_;  // null: there is none
  Rng witness_latents_;
  Tensor fitting_rows_;    // real samples that the critic is fitted on; undefined: fresh ones every time
  Tensor steering_rows_;   // those that it is judged on to steer,
  Tensor reporting_rows_;  // and to report
  int64_t most_rows_ = 0;
  StandingSearch search_;
  StopRule stop_rule_;
};

}  // namespace saddle
