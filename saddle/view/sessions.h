// All sessions of a server's laboratory.
#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "saddle/view/session.h"

namespace saddle {

/// Sessions by their ids, which nobody can guess: each page has its own (docs/laboratory.md). All results are JSON; all
/// functions but `choices` throw HttpError.
class LabSessions {
 public:
  static constexpr size_t kMost = 6;

  /// `save_to` is the folder for runs; empty: they are not saved. A session is closed after `forgotten` without a
  /// listener.
  explicit LabSessions(std::string save_to, std::chrono::milliseconds forgotten = std::chrono::seconds(20))
      : save_to_(std::move(save_to)), forgotten_(forgotten) {}

  /// What there is to choose from.
  std::string choices() const;

  /// Opens a session for {"sides": [...]}. Result: {"room": ID}.
  std::string open(const std::string& json);

  /// Carries out {"do": ...} in a session.
  std::string command(const std::string& id, const std::string& json);

  /// Returns what gives a session's events, each time those that came; it throws once the session is closed.
  std::function<std::string()> listen(const std::string& id);

 private:
  std::shared_ptr<LabSession> find(const std::string& id);
  std::shared_ptr<LabSession> take(const std::string& id);
  std::vector<std::shared_ptr<LabSession>> take_forgotten();  // those that nobody has listened to

  const std::string save_to_;
  const std::chrono::milliseconds forgotten_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<LabSession>> sessions_;  // null: it has a place and is being made
};

}  // namespace saddle
