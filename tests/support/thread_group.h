// Ranks as threads of one process, for tests of what several processes do.
#pragma once
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "saddle/distributed/group.h"

namespace saddle::test {

/// What is under way between the ranks.
struct Mail {
  std::mutex mutex;
  std::condition_variable arrived;
  std::map<std::pair<int64_t, int64_t>, std::deque<Tensor>> boxes;  // by sender and receiver
};

class ThreadGroup final : public Group {
 public:
  ThreadGroup(int64_t rank, int64_t size, Mail& mail) : Group(rank, size), mail_(mail) {}

  int64_t sent = 0;  // numbers

 protected:
  void exchange(const Tensor& out, Tensor& in, int64_t partner) override {
    std::unique_lock lock(mail_.mutex);
    if (out.defined()) {
      mail_.boxes[{rank(), partner}].push_back(out.clone());
      sent += out.numel();
      mail_.arrived.notify_all();
    }
    if (!in.defined()) return;
    auto& box = mail_.boxes[{partner, rank()}];
    mail_.arrived.wait(lock, [&] { return !box.empty(); });
    in.copy_(box.front());
    box.pop_front();
  }

 private:
  Mail& mail_;
};

/// Runs `work` on so many ranks at once; throws what the first of them threw.
inline void on_ranks(int64_t size, const std::function<void(ThreadGroup&)>& work) {
  Mail mail;
  std::vector<std::exception_ptr> failures(static_cast<size_t>(size));
  std::vector<std::thread> threads;
  threads.reserve(static_cast<size_t>(size));
  for (int64_t r = 0; r < size; ++r)
    threads.emplace_back([&, r] {
      try {
        ThreadGroup group(r, size, mail);
        work(group);
      } catch (...) {
        failures[static_cast<size_t>(r)] = std::current_exception();
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (const std::exception_ptr& failure : failures)
    if (failure) std::rethrow_exception(failure);
}

}  // namespace saddle::test
