// Measures now and then how stale D is once G has moved, and what D's next turn makes of it.
#pragma once
#include <memory>

#include "saddle/training/generator_turn.h"

namespace saddle {

/// Records one step of G (StalenessMeasurement), and V(D_{t+1}, G_{t+1}) on the same rows after D's next turn.
class StalenessObserver final : public TrainerPart {
 public:
  /// All outlive it.
  StalenessObserver(GameState& state, Player& generator, const GeneratorTurn& turn)
      : state_(state), generator_(generator), turn_(turn) {}

  /// Measures the first step of G after each multiple of so many samples; 0: by the steps of G alone.
  void set_every(int64_t samples) { every_ = samples; }

  void save(Checkpoint& checkpoint) const override;
  void restore(const Checkpoint& checkpoint) override;
  void roll_back(const TensorMap&) override { forget(); }

  void after_discriminator_turn() override;
  void before_generator_step() override;
  void after_generator_step() override;

 private:
  void forget();
  void record(const Staleness& staleness) const;

  GameState& state_;
  Player& generator_;
  const GeneratorTurn& turn_;
  int64_t every_ = 0;
  int64_t samples_at_step_ = 0;                        // seen when G had its last step
  std::unique_ptr<ValueRows> rows_;                    // null: nothing is measured
  TensorMap origin_;                                   // the states that the rows were drawn from
  std::unique_ptr<StalenessMeasurement> measurement_;  // of the step that is being taken
};

}  // namespace saddle
