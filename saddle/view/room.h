// A room of the laboratory: its sides, played on a thread at the pace that a page asks for.
#pragma once
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "saddle/lab/laboratory.h"
#include "saddle/view/room_news.h"

namespace saddle {

/// What is refused to a client, with the HTTP status that says why.
class Refusal : public std::runtime_error {
 public:
  Refusal(int status, const std::string& what) : std::runtime_error(what), status(status) {}
  const int status;
};

/// A room, with a thread that plays and one that looks closer.
class LabRoom {
 public:
  /// Throws: Error where the options of a side do not go together.
  explicit LabRoom(const std::vector<LabSetup>& setups);
  ~LabRoom();

  /// Carries out a command (docs/laboratory.md), {"do": ...}, but for "save" and "close"; it takes effect after the
  /// turn that is being played. Throws: Error with a sentence for what is no command; Refusal.
  void command(const std::string& json);

  /// Writes each game to a new folder in `folder`. Throws: Error where the system refuses.
  LabSaved save(const std::string& folder);

  RoomNews& news();

  /// Since when nobody has listened, in seconds of the steady clock; 0: somebody does.
  double quiet_since() const;
  void add_listener();
  void remove_listener();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace saddle
