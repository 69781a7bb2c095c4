// One side of the laboratory: something that plays turn by turn, and shows all that there is to see of it.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "saddle/lab/lab_frame.h"
#include "saddle/lab/setup.h"
#include "saddle/run/checkpoint.h"
#include "saddle/training/trainer.h"

namespace saddle {

/// What a frame shows: one row of numbers (a JSON array in the order of the columns), and the members of a JSON object
/// without its braces.
struct LabFrame {
  std::string row, picture;
};

/// A slower look at one moment, to be computed on any thread; the result is the members of a JSON object.
using LabLook = std::function<std::string()>;

/// A player of the laboratory, or two of them. Not for several threads at once, but its looks are.
///
/// The same set-up gives the same numbers, whenever it is looked at.
class LabSide {
 public:
  virtual ~LabSide() = default;
  LabSide(const LabSide&) = delete;
  LabSide& operator=(const LabSide&) = delete;

  /// What stays as it is, as members of a JSON object (docs/laboratory.md, event `start`).
  virtual std::string start() const = 0;

  /// Plays a part of a turn; those that a side has not got change nothing. False: it has failed, see `failure`.
  virtual bool play(Move move) = 0;

  /// What it looks like after so many turns.
  virtual LabFrame frame(int64_t turn) = 0;

  /// All that `go_back` needs to be at this moment again, bit for bit.
  virtual Checkpoint moment() const = 0;

  /// Goes to a moment of this side.
  virtual void go_back(const Checkpoint& moment) = 0;

  /// Goes on where another side stands, whose set-up this one `can_go_on` from.
  virtual void go_on_from(LabSide& before) { go_back(before.moment()); }

  /// A closer look at this moment; empty where there is none to take.
  virtual LabLook look() const { return {}; }

  /// Why it makes no run directory now, in a sentence; empty: it does.
  virtual std::string refusal_to_save() const = 0;

  /// Writes what it has come to as a run directory at `path`. Throws: Error where the system refuses.
  virtual void save(const std::string&) const {}

  /// What was not finite; empty: nothing.
  virtual std::string failure() const { return ""; }

 protected:
  LabSide() = default;
};

/// What there is to see of a side with this set-up. Throws: Error for an unknown target.
LabReach reach_of(const LabSetup& setup);

/// Makes a side that shows `reach`. Throws: Error where the options do not go together.
std::unique_ptr<LabSide> make_side(const LabSetup& setup, const LabReach& reach);

std::unique_ptr<LabSide> make_game_side(const LabSetup& setup, const LabReach& reach);
std::unique_ptr<LabSide> make_mixture_side(const LabSetup& setup, const LabReach& reach);
std::unique_ptr<LabSide> make_dirac_side(const LabSetup& setup);

}  // namespace saddle
