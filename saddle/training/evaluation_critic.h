// Where a run stands by a critic that takes no part in the game: the best snapshot, and when to stop.
#pragma once
#include <memory>

#include "saddle/training/game_state.h"
#include "saddle/training/independent_critic.h"

namespace saddle {

/// Fits a fresh critic on held-out rows at evaluations (standing.h), and trains a D that G never plays against for it.
/// None of it goes back with the game.
class EvaluationCritic final : public TrainerPart {
 public:
  /// Draws the held-out rows: the same for every measurement, so that measurements differ by G alone; a density gives
  /// fresh ones.
  explicit EvaluationCritic(GameState& state);

  /// The most rows of either side that a measurement takes; 0: evaluation_budget's.
  void set_rows(int64_t rows) { most_rows_ = rows; }

  void save(Checkpoint& checkpoint) const override;
  void restore(const Checkpoint& checkpoint) override;
  void begin(const TrainHooks& hooks) override;
  void after_discriminator_step() override;
  void observe(Observation& now) override;

  /// Takes part in a measurement of the process that leads, which has asked for it (GameState::ask_others).
  void help();

 private:
  Tensor as_critics_see(const Tensor& x) const;
  std::pair<EvaluationDivergence, ReportedDivergence> measure();
  bool take_measurement();
  bool wants_to_stop(const Schedule& schedule);

  GameState& state_;
  std::unique_ptr<IndependentCritic> independent_critic_;  // null: there is none
  Rng independent_critic_latents_;
  Tensor fitting_rows_;    // real samples that the critic is fitted on; undefined: fresh ones every time
  Tensor steering_rows_;   // those that it is judged on to steer,
  Tensor reporting_rows_;  // and to report
  int64_t most_rows_ = 0;
  SnapshotSearch search_;
  StopRule stop_rule_;
};

}  // namespace saddle
