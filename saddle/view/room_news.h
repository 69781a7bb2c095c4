// What pages are to hear of a room: its start, its newest frame with all rows since, and closer looks.
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

/// What a listener has heard.
struct RoomMark {
  int64_t game = -1;
  uint64_t heard = 0;  // the last event's number
};

/// How a room stands while a frame is made.
struct RoomState {
  int64_t turn = 0;
  bool playing = false;
  const char* phase = "turn";
  std::vector<int64_t> kept;
  double turns_per_second = 0;
};

/// The events of a room, for any number of listeners, each as far behind as it is; safe to use from any thread.
class RoomNews {
 public:
  /// Begins a new count: rows and looks up to `keep_until` stay (-1: none).
  void start(std::vector<std::string> sides, int64_t turn, int64_t keep_until);

  void frame(const RoomState& state, std::vector<LabFrame> frames, const std::vector<std::string>& failures);

  /// Adds a look of that game; one of an earlier game is dropped.
  void look(int64_t game, size_t side, int64_t turn, const std::string& members);

  int64_t game() const;

  /// Waits up to `patience` for what came since `mark`, and moves it on. Result: server-sent events, or nothing.
  std::string next(RoomMark& mark, std::chrono::milliseconds patience);

  /// Ends all waiting.
  void close();

 private:
  struct Event {
    uint64_t number;
    int64_t turn;
    std::string text;
  };
  using Events = std::deque<Event>;
  static void thin(Events& events);
  std::string start_text(const RoomMark& mark) const;
  std::string frame_text(const RoomMark& mark) const;

  mutable std::mutex mutex_;
  std::condition_variable news_;
  bool closing_ = false;
  uint64_t last_ = 0, frame_ = 0;  // numbers of the last event and of the frame
  int64_t game_ = 0, turn_ = 0, keep_until_ = -1;
  std::vector<std::string> starts_, pictures_;  // of each side
  std::string head_;                            // of the frame
  std::vector<Events> rows_, looks_;            // of each side
};

}  // namespace saddle
