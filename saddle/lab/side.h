// One side of the laboratory: something that plays turn by turn, and shows all that there is to see of it.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "saddle/lab/lab_targets.h"
#include "saddle/lab/setup.h"
#include "saddle/lab/viewport.h"
#include "saddle/run/checkpoint.h"
#include "saddle/training/trainer.h"

namespace saddle {

/// What a frame shows: one row of numbers, a JSON array in the order of the columns; the maps and all else of the
/// picture, a JSON object; and what was not finite, empty: nothing.
struct LabFrame {
  std::string row, picture, failure;
};

/// Finer and slower measurements of one snapshot, to be computed on any thread; the result is a JSON object.
using LabDetail = std::function<std::string()>;

/// A number of each row: its name, how it is had, and its significant digits.
struct LabColumn {
  const char* name;
  std::function<double()> number;
  int digits = 6;
};

/// Whether G moves.
inline bool of_generator(Move move) { return move == Move::generator_turn || move == Move::generator_step; }

/// A player of the laboratory, or two of them. Not for several threads at once, but its details are.
///
/// The same set-up gives the same numbers, whenever it is looked at.
class LabSide {
 public:
  virtual ~LabSide() = default;
  LabSide(const LabSide&) = delete;
  LabSide& operator=(const LabSide&) = delete;

  const LabSetup& setup() const { return setup_; }  // as it was made

  /// What stays as it is, as a JSON object (docs/laboratory.md, event `start`).
  std::string start() const;

  /// Plays a part of a turn; those that a side has not got change nothing. False: it has failed, see `failure`.
  bool play(Move move);

  /// What it looks like after so many turns; where it is not finite, the picture seen last and no numbers.
  LabFrame frame(int64_t turn);

  /// All that `go_back` needs to be at this snapshot again, bit for bit.
  virtual Checkpoint snapshot() const = 0;

  /// Goes to a snapshot of this side.
  void go_back(const Checkpoint& snapshot);

  /// Goes on where another side stands, whose set-up this one `can_go_on` from.
  virtual void go_on_from(LabSide& before) { go_back(before.snapshot()); }

  /// The details of this snapshot; empty where there are none.
  virtual LabDetail detail() const { return {}; }

  /// Why it makes no run directory, in a sentence; empty: it does.
  virtual std::string refusal_to_save() const = 0;

  /// Writes what it has come to as a run directory at `path`. Throws: Error where the system refuses.
  virtual void save(const std::string&) const {}

  /// What was not finite; empty: nothing.
  const std::string& failure() const { return failure_; }

 protected:
  /// With an undefined extent it has no target and no viewport.
  LabSide(const LabSetup& setup, const Extent& extent);

  /// The numbers of `frame` after the turn, of what `picture` found last.
  virtual std::vector<LabColumn> columns() const = 0;

  /// What there is to see, as a JSON object. Throws: Error where it is not finite.
  virtual std::string picture() = 0;

  /// Plays a part of a turn. Result: what was not finite; empty: nothing.
  virtual std::string move(Move move) = 0;

  virtual void restore(const Checkpoint& snapshot) = 0;  // goes to a snapshot

  int64_t dim() const { return target_ ? target_->density->dim() : 0; }  // 0: no target

  const LabSetup setup_;
  const std::shared_ptr<const PreparedTarget> target_;
  const Viewport viewport_;
  Tensor reals_;  // that are shown

 private:
  std::string failure_, last_picture_ = "{}";
};

/// How far what there is to see of a side extends. Throws: Error for an unknown target.
Extent extent_of(const LabSetup& setup);

/// Makes a side that shows `extent`. Throws: Error where the options do not go together.
std::unique_ptr<LabSide> make_side(const LabSetup& setup, const Extent& extent);

std::unique_ptr<LabSide> make_game_side(const LabSetup& setup, const Extent& extent);
std::unique_ptr<LabSide> make_mixture_side(const LabSetup& setup, const Extent& extent);
std::unique_ptr<LabSide> make_dirac_side(const LabSetup& setup);

}  // namespace saddle
