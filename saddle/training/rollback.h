// The answer to a failing game: back to the last good snapshot, with smaller steps.
#pragma once
#include "saddle/training/game_state.h"

namespace saddle {

/// Follows a run's evaluations (FailureWatch), keeps the last good snapshot, and goes back there.
class Rollback final : public TrainerPart {
 public:
  /// `parts` go back; they and this are one list.
  Rollback(GameState& state, const TrainerParts& parts) : state_(state), parts_(parts) {}

  /// Takes the game as it is now as the snapshot to go back to.
  void keep();

  /// Goes back there, with half the step sizes.
  void go_back();

  /// How often it did either. A process that does not lead does what the one that leads did.
  int64_t kept() const { return kept_; }
  int64_t went_back() const { return rollbacks_; }  // see `kept`

  /// Records a failure and goes back, but at the end of a run; false: the times to go back are used up.
  bool answer(const Failure& found, bool at_end, const TrainHooks& hooks);

  /// Whether the failure that was seen last could not be answered.
  bool given_up() const { return given_up_; }

  /// The factor on both step sizes, halved each time.
  double rate_scale() const { return rate_scale_; }

  void save(Checkpoint& checkpoint) const override;
  void restore(const Checkpoint& checkpoint) override;
  void begin(const TrainHooks&) override { watch_.begin(state_.untrained); }
  void observe(Observation& now) override;

 private:
  GameState& state_;
  const TrainerParts& parts_;
  FailureWatch watch_;
  TensorMap good_;  // the parts at the last good snapshot
  int64_t good_samples_ = 0, kept_ = 0;
  int64_t rollbacks_ = 0;  // how often the game went back there
  double rate_scale_ = 1;
  bool given_up_ = false;
};

}  // namespace saddle
