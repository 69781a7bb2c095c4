// Times sums over two ranks, for scale.py: arguments are numbers of numbers; prints seconds a sum of each as JSON, by
// the tree and by all-reduce.
#include <chrono>
#include <cstdio>
#include <thread>

#include "saddle/distributed/gloo_group.h"

namespace {

using saddle::Group;
using saddle::Tensor;
using Clock = std::chrono::steady_clock;

/// Seconds of one sum of n numbers, the least of some rounds.
double seconds_of_sum(Group& group, void (Group::*sum)(Tensor&), int64_t n) {
  constexpr int kRounds = 40;
  double least = INFINITY;
  for (int i = 0; i < kRounds; ++i) {
    Tensor x = at::ones({n});
    group.barrier();
    const auto began = Clock::now();
    (group.*sum)(x);
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
    const std::unique_ptr<Group> group = saddle::join(meeting);
    nlohmann::ordered_json seconds = nlohmann::ordered_json::object();
    for (int i = 1; i < argc; ++i) {
      seconds["exact"][argv[i]] = seconds_of_sum(*group, &Group::sum, std::atoll(argv[i]));
      seconds["fast"][argv[i]] = seconds_of_sum(*group, &Group::all_reduce, std::atoll(argv[i]));
    }
    if (r == 0) std::printf("%s\n", seconds.dump().c_str());
  };
  std::thread other(rank, 1);
  rank(0);
  other.join();
}
