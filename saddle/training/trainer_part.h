// What a trainer is made of: parts that save themselves, go back with the game, and hear of what happens in it.
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "saddle/run/checkpoint.h"
#include "saddle/training/schedule.h"

namespace saddle {

struct GameState;
struct TrainHooks;

/// Whether a multiple of `interval` lies in (before, now].
inline bool passed(int64_t before, int64_t now, int64_t interval) {
  return interval > 0 && before / interval != now / interval;
}

/// What an observer is told: how far a run is, after a turn of D and one of G.
struct Observation {
  int64_t before, after;  // samples seen before these turns and after them
  bool last;              // the run ends here; a part may set it
  const Schedule& schedule;
  const TrainHooks& hooks;
  const std::function<void()>& keep_best;  // keeps the generator, which stands best so far

  /// Whether what happens at every so many samples, and at the end, happens now.
  bool due(int64_t every) const { return last || passed(before, after, every); }
  bool evaluated() const { return due(schedule.evaluate_every); }  // whether an evaluation is due
};

/// One part of a trainer. Saving, restoring and going back are each one loop over the parts, and so is each hook, in
/// the order of the list; a part overrides those that it needs.
class TrainerPart {
 public:
  TrainerPart() = default;
  TrainerPart(const TrainerPart&) = delete;
  TrainerPart& operator=(const TrainerPart&) = delete;
  virtual ~TrainerPart() = default;

  /// Tells one of the caller's observers (Game::observers) which game it is a part of, before all else.
  virtual void join(GameState&) {}

  /// Adds what the part needs to go on bit for bit. Keys are the part's own, and a contract (docs/formats.md).
  virtual void save(Checkpoint& checkpoint) const = 0;

  /// Brings that back. Throws: Error naming what is missing or does not fit.
  virtual void restore(const Checkpoint& checkpoint) = 0;

  /// Returns handles to the tensors that go back when a game fails. `roll_back` brings back their values as they were
  /// at a good snapshot, and forgets what was of the game that failed.
  virtual TensorMap rollback_state() const { return {}; }
  virtual void roll_back(const TensorMap&) {}  // see `rollback_state`

  virtual void begin(const TrainHooks&) {}    // before the first step of a run
  virtual void after_discriminator_step() {}  // that changed D
  virtual void after_discriminator_turn() {}  // D is as G meets it
  virtual void before_generator_step() {}     // of G's turn
  virtual void after_generator_step() {}      // that changed G
  virtual void observe(Observation&) {}       // after a turn of each
};

using TrainerParts = std::vector<TrainerPart*>;

}  // namespace saddle
