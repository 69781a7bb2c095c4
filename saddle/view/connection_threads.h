// Threads for connections, made as they are needed.
#pragma once
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace saddle {

/// Runs each task on a thread of its own, of at most `most`; further ones wait their turn.
///
/// A page that follows a run holds a connection open, and so a thread: a pool of a fixed small size would be full of
/// them. A thread that is done takes the next task.
class ConnectionThreads {
 public:
  explicit ConnectionThreads(size_t most) : most_(most) {}  // threads
  void add(std::function<void()> task);                     // from any thread

  /// Waits for all tasks that were added.
  void join();

 private:
  void work();

  const size_t most_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> waiting_;
  std::vector<std::thread> threads_;
  size_t idle_ = 0;
  bool closing_ = false;
};

}  // namespace saddle
