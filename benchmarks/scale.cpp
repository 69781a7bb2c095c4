// Times sums over two ranks, for scale.py: arguments are numbers of numbers; prints seconds a sum of each as JSON.
#include <chrono>
#include <cstdio>
#include <thread>

#include "saddle/distributed/gloo_group.h"

namespace {

using saddle::Tensor;
using Clock = std::chrono::steady_clock;

/// Seconds of one sum of n numbers, the least of some rounds.
double seconds_of_sum(saddle::Group& group, int64_t n) {
  constexpr int kRounds = 20;
  double least = INFINITY;
  for (int i = 0; i < kRounds; ++i) {
    Tensor x = at::ones({n});
    group.barrier();
    const auto began = Clock::now();
    group.sum(x);
    least = std::min(least, std::chrono::duration<double>(Clock::now() - began).count());
  }
  return least;
}

}  // namespace

int main(int argc, char** argv) {
  const saddle::LocalStore store;
  const auto rank = [&](int64_t r) {
    saddle::Meeting meeting;
    meeting.rank = r;
    meeting.size = 2;
    meeting.port = store.port();
    const std::unique_ptr<saddle::Group> group = saddle::join(meeting);
    nlohmann::ordered_json seconds = nlohmann::ordered_json::object();
    for (int i = 1; i < argc; ++i) seconds[argv[i]] = seconds_of_sum(*group, std::atoll(argv[i]));
    if (r == 0) std::printf("%s\n", seconds.dump().c_str());
  };
  std::thread other(rank, 1);
  rank(0);
  other.join();
}
