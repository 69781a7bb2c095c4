// What pages are to hear of a session: its start, its newest frame with all rows since, and details.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "saddle/lab/side.h"

namespace saddle {

/// The text of a server-sent event; `data` has no line ends.
std::string server_sent(const char* event, const std::string& data);

/// How far a listener has come.
struct EventMark {
  int64_t game = -1;
  uint64_t number = 0;  // of the last event
};

/// How a session stands while a frame is made.
struct SessionState {
  int64_t turn = 0;
  bool playing = false;
  const char* phase = "turn";
  std::vector<int64_t> kept;
  double turns_per_second = 0;
};

/// The events of a session, for any number of listeners, each as far behind as it is; safe to use from any thread.
class SessionEvents {
 public:
  /// Begins a new count: rows and details up to `keep_until` stay (-1: none).
  void start(std::vector<std::string> sides, int64_t turn, int64_t keep_until);

  /// Replaces the frame; its rows are added.
  void frame(const SessionState& state, const std::vector<LabFrame>& frames);

  /// Adds a detail of that game, a JSON object; one of an earlier game is dropped.
  void detail(int64_t game, size_t side, int64_t turn, const std::string& detail);

  int64_t game() const;  // the count of starts

  /// Waits up to `patience` for what came since `mark`, and moves it on. Result: server-sent events, or nothing.
  std::string next(EventMark& mark, std::chrono::milliseconds patience);

  /// Ends all waiting.
  void close();

 private:
  struct Event {
    uint64_t number;
    int64_t turn;
    std::string text;
  };
  using Events = std::deque<Event>;
  void add(Events& events, int64_t turn, std::string text);
  std::string start_text(const EventMark& mark) const;
  std::string frame_text(const EventMark& mark) const;

  mutable std::mutex mutex_;
  std::condition_variable came_;
  bool closing_ = false;
  uint64_t last_ = 0, frame_ = 0;  // numbers of the last event and of the frame
  int64_t game_ = 0, turn_ = 0, keep_until_ = -1;
  std::string head_;                            // of the frame
  std::vector<std::string> starts_, pictures_;  // of each side
  std::vector<Events> rows_, details_;          // of each side
};

}  // namespace saddle
