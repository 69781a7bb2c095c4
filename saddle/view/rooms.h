// All rooms of a server's laboratory.
#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "saddle/view/room.h"

namespace saddle {

/// Rooms by their ids, which nobody can guess: each page has its own (docs/laboratory.md). All results are JSON; all
/// functions but `choices` throw Refusal.
class LabRooms {
 public:
  static constexpr size_t kMost = 6;

  /// `save_to` is the folder for runs; empty: they are not saved. A room is closed after `forgotten` without a
  /// listener.
  explicit LabRooms(std::string save_to, std::chrono::milliseconds forgotten = std::chrono::seconds(20))
      : save_to_(std::move(save_to)), forgotten_(forgotten) {}

  /// What there is to choose from.
  std::string choices() const;

  /// Opens a room for {"sides": [...]}. Result: {"room": ID}.
  std::string open(const std::string& json);

  /// Carries out {"do": ...} in a room.
  std::string command(const std::string& id, const std::string& json);

  /// Returns what gives a room's events, each time those that came; it throws once the room is closed.
  std::function<std::string()> listen(const std::string& id);

 private:
  std::shared_ptr<LabRoom> find(const std::string& id);
  void close(const std::string& id);
  std::vector<std::shared_ptr<LabRoom>> take_forgotten();  // those that nobody has listened to

  const std::string save_to_;
  const std::chrono::milliseconds forgotten_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<LabRoom>> rooms_;
  size_t opening_ = 0;  // rooms that have a place and are being made
};

}  // namespace saddle
