// A session of the laboratory: its sides, played on a thread at the pace that a page asks for.
#pragma once
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "saddle/lab/laboratory.h"
#include "saddle/view/session_events.h"

namespace saddle {

/// A session, with a thread that plays and one that computes details.
class LabSession {
 public:
  /// Throws: Error where the options of a side do not go together.
  explicit LabSession(const std::vector<LabSetup>& setups);
  ~LabSession();

  /// Carries out a command (docs/laboratory.md), {"do": ...}, but for "save" and "close"; it takes effect after the
  /// turn that is being played. Throws: Error with a sentence for what is no command; HttpError.
  void command(const std::string& json);

  /// Writes each game to a new folder in `folder`. Throws: Error where the system refuses.
  LabSaved save(const std::string& folder);

  SessionEvents& events() { return events_; }  // for those that listen

  /// Whoever holds the result listens.
  std::shared_ptr<const void> listen() const { return listeners_; }

  /// For how long nobody has been seen to listen.
  std::chrono::duration<double> quiet();

 private:
  using Clock = std::chrono::steady_clock;
  using Task = std::function<void()>;
  struct Details {
    std::vector<std::pair<size_t, LabDetail>> of_sides;
    int64_t game = 0, turn = 0;
  };

  void run_play();
  void run_details();
  void play_frame();
  void begin(int64_t keep_until);
  void show(const char* phase);
  void rest(Clock::time_point until);
  void update(const std::function<void()>& change);
  void set_playing(bool on, int64_t turns);
  void stop_and(Task task);
  void add_task(Task task);
  void count_command();

  // the playing thread's own
  Laboratory laboratory_;
  Clock::time_point speed_since_;
  int64_t speed_turn_ = 0;
  double speed_ = 0;

  SessionEvents events_;
  const std::shared_ptr<int> listeners_ = std::make_shared<int>();

  // shared, under the mutex
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> tasks_;  // to be done before it plays on
  bool closing_ = false, playing_ = false, slow_ = false;
  int64_t turns_left_ = 0, turns_per_frame_ = 1;
  Clock::time_point heard_ = Clock::now();  // when somebody was last seen to listen
  Clock::time_point command_second_;
  int commands_ = 0;  // in that second
  Details details_;   // to be computed
  Clock::time_point details_due_ = Clock::now();

  std::thread play_thread_, details_thread_;
};

}  // namespace saddle
