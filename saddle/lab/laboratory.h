// Up to three sides that play at one pace from one start, and the snapshots that they can go back to.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "saddle/lab/side.h"

namespace saddle {

/// What was saved: the run directories, and a sentence for each side that makes none.
struct LabSaved {
  std::vector<std::string> runs, refusals;
};

using LabSides = std::vector<std::unique_ptr<LabSide>>;

/// Makes sides that all show the same part of the line or the plane.
///
/// Throws: Error where the options of a side do not go together.
LabSides make_sides(const std::vector<LabSetup>& setups);

/// The sides of one page's laboratory. Not for several threads at once; it uses a thread a side.
///
/// The same commands give the same numbers, whatever is looked at in between.
class Laboratory {
 public:
  explicit Laboratory(LabSides sides);  // at their start

  int64_t turn() const { return turn_; }            // turns played
  const LabSides& sides() const { return sides_; }  // as they stand

  /// Plays whole turns; a side that fails stops.
  void play(int64_t turns);

  /// Plays one player's turn of each side; that of G ends the turn.
  void move(Move move);

  /// Starts anew from the same seeds.
  void restart();

  /// Goes to the last kept snapshot of the turn `wanted` or before, or to the last before now. Result: its turn.
  int64_t go_back(std::optional<int64_t> wanted);

  /// Goes on with other sides where their games can, else starts anew. Result: whether it goes on.
  bool change(LabSides sides);

  /// Keeps a snapshot.
  void keep();

  /// The turns of the snapshots kept.
  std::vector<int64_t> kept() const;

  /// What each side shows.
  std::vector<LabFrame> frames();

  /// Writes each game to a folder of its own in `folder`. Throws: Error where the system refuses.
  LabSaved save(const std::string& folder) const;

 private:
  struct Snapshot {
    int64_t turn, moves;
    std::vector<Checkpoint> sides;
  };
  void on_each(const std::function<void(LabSide& side, size_t i)>& work);
  void begin();

  LabSides sides_;
  std::vector<Snapshot> snapshots_;
  int64_t snapshot_turns_ = 0;    // between snapshots kept by themselves
  int64_t turn_ = 0, moves_ = 0;  // turns of all players, and moves of any
};

}  // namespace saddle
