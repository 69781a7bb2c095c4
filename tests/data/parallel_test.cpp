// Tests of the parallel loop.
#include "saddle/data/parallel.h"

#include <gtest/gtest.h>

#include <atomic>

#include "saddle/base/error.h"

namespace saddle {

TEST(ForEachParallel, DoesEveryPieceOnce) {
  for (const int64_t workers : {0, 1, 2, 7}) {
    std::vector<std::atomic<int>> times(100);
    for_each_parallel(100, workers, [&](int64_t i) { ++times[static_cast<size_t>(i)]; }, {});
    for (const auto& t : times) EXPECT_EQ(t, 1);
  }
}

TEST(ForEachParallel, ThrowsTheErrorOfTheSmallestIndexWhateverTheTiming) {
  for (int64_t round = 0; round < 50; ++round) {
    std::string text;
    try {
      for_each_parallel(100, 4,
                        [](int64_t i) {
                          if (i % 7 == 3) throw Error(std::to_string(i));
                        },
                        {});
    } catch (const Error& error) {
      text = error.what();
    }
    EXPECT_EQ(text, "3");
  }
}

TEST(ForEachParallel, ReportsTheEndAlsoOfNothing) {
  std::vector<std::pair<int64_t, int64_t>> reports;
  for_each_parallel(0, 2, [](int64_t) {}, [&](int64_t done, int64_t total) { reports.emplace_back(done, total); });
  EXPECT_EQ(reports, (std::vector<std::pair<int64_t, int64_t>>{{0, 0}}));
}

}  // namespace saddle
