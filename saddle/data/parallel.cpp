// Implements the parallel loop.
#include "saddle/data/parallel.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

namespace saddle {
namespace {

constexpr auto kBetweenReports = std::chrono::milliseconds(100);

/// The state that the threads share.
struct Loop {
  std::atomic<int64_t> next = 0, done = 0;
  std::atomic<bool> failed = false;
  std::mutex mutex;
  std::condition_variable finished;
  int64_t running = 0, failed_at = 0;
  std::exception_ptr error;
};

void run_worker(Loop& loop, int64_t count, const std::function<void(int64_t)>& work) {
  // Indices are handed out in order, so all before the first failure have begun and will end: the error kept
  // is the one of the smallest index, whatever the threads' timing.
  for (int64_t i; !loop.failed && (i = loop.next++) < count; ++loop.done) {
    try {
      work(i);
    } catch (...) {
      const std::lock_guard lock(loop.mutex);
      if (loop.error == nullptr || i < loop.failed_at) {
        loop.error = std::current_exception();
        loop.failed_at = i;
      }
      loop.failed = true;
    }
  }
  const std::lock_guard lock(loop.mutex);
  --loop.running;
  loop.finished.notify_one();
}

}  // namespace

void for_each_parallel(int64_t count, int64_t workers, const std::function<void(int64_t i)>& work,
                       const std::function<void(int64_t done, int64_t total)>& progress) {
  Loop loop;
  loop.running = std::clamp<int64_t>(workers, 1, std::max<int64_t>(count, 1));
  std::vector<std::jthread> threads;
  for (int64_t i = 0, n = loop.running; i < n; ++i) threads.emplace_back([&] { run_worker(loop, count, work); });
  std::unique_lock lock(loop.mutex);
  while (!loop.finished.wait_for(lock, kBetweenReports, [&] { return loop.running == 0; })) {
    if (!progress) continue;
    lock.unlock();  // a callback may take its time, or throw
    try {
      progress(loop.done, count);
    } catch (...) {
      loop.failed = true;  // stops the threads, which the unwinding then joins
      throw;
    }
    lock.lock();
  }
  lock.unlock();
  if (loop.error != nullptr) std::rethrow_exception(loop.error);
  if (progress) progress(count, count);
}

}  // namespace saddle
