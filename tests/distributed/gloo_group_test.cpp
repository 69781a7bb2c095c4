// Tests of ranks that meet at a store and send by Gloo. That these run says that our declarations of Gloo fit
// LibTorch's.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <thread>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/distributed/gloo_group.h"

namespace saddle {
namespace {

Meeting meeting(const LocalStore& store, int64_t rank, int64_t size) {
  Meeting meeting;
  meeting.rank = rank;
  meeting.size = size;
  meeting.port = store.port();
  return meeting;
}

/// Runs `work` in so many ranks, which are threads here.
void on_gloo(int64_t size, const std::function<void(Group&)>& work) {
  const LocalStore store;
  std::vector<std::thread> threads;
  threads.reserve(static_cast<size_t>(size));
  for (int64_t r = 0; r < size; ++r)
    threads.emplace_back([&, r] {
      try {
        work(*join(meeting(store, r, size)));
      } catch (const std::exception& error) {
        ADD_FAILURE() << "rank " << r << ": " << error.what();
      }
    });
  for (std::thread& thread : threads) thread.join();
}

/// What `work` complains of.
std::string complaint(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing";
}

TEST(GlooGroup, SumsGathersAndBroadcasts) {
  for (const int64_t size : {2, 4})
    on_gloo(size, [&](Group& group) {
      Tensor x = at::full({10'001}, static_cast<double>(group.rank() + 1), at::kFloat);
      group.sum(x);
      EXPECT_TRUE(at::equal(x, at::full({10'001}, size * (size + 1) / 2, at::kFloat)));
      EXPECT_TRUE(
          at::equal(group.gather(at::full({1}, group.rank(), at::kLong)).flatten(), at::arange(size, at::kLong)));
      EXPECT_EQ(group.broadcast(group.leads() ? std::string("hear") : std::string()), "hear");
      for (int i = 0; i < 100; ++i) group.barrier();
    });
}

TEST(GlooGroup, AllReducesToTheSameBitsInAllRanks) {
  for (const int64_t size : {2, 4, 8})
    on_gloo(size, [&](Group& group) {
      Rng rng = make_rng(static_cast<uint64_t>(group.rank()), "numbers");
      for (const int64_t numel : {1, 7, 30'001}) {
        Tensor x = randn({numel}, rng), exact = x.clone();
        group.all_reduce(x);
        group.sum(exact);
        EXPECT_TRUE(at::allclose(x, exact, 1e-5, 1e-5));
        const Tensor all = group.gather(x);
        for (int64_t r = 0; r < size; ++r) EXPECT_TRUE(at::equal(all[r], x)) << numel << " numbers, rank " << r;
      }
    });
}

TEST(GlooGroup, SendsTensorsThatAreNotContiguous) {
  on_gloo(2, [](Group& group) {
    const Tensor x = at::arange(12, at::kFloat).view({3, 4}).t() + group.rank();
    const Tensor all = group.gather(x);
    EXPECT_TRUE(at::equal(all[1], all[0] + 1));
  });
}

TEST(GlooGroup, SaysWhyARankLeft) {
  on_gloo(4, [](Group& group) {
    if (group.rank() == 3) return group.leave("rank 3: a reason");
    const std::string said = complaint([&] {
      for (int i = 0; i < 3; ++i) group.barrier();
    });
    EXPECT_NE(said.find("rank 3"), std::string::npos) << said;
    group.leave(said);
  });
}

TEST(GlooGroup, NamesARankThatIsGone) {
  on_gloo(2, [](Group& group) {
    if (group.rank() == 1) return;
    const std::string said = complaint([&] { group.barrier(); });
    EXPECT_NE(said.find("none from rank 1: its process was killed"), std::string::npos) << said;
  });
}

TEST(GlooGroup, NamesARankThatIsGoneFromAnAllReduce) {
  on_gloo(4, [](Group& group) {
    Tensor x = at::ones({100'000});
    group.all_reduce(x);
    if (group.rank() == 2) return;
    const std::string said = complaint([&] { group.all_reduce(x); });
    EXPECT_NE(said.find("none from rank 2: its process was killed"), std::string::npos) << said;
    group.leave(said);
  });
}

TEST(GlooGroup, NamesTheRanksThatDoNotCome) {
  const LocalStore store;
  Meeting one = meeting(store, 1, 4);
  one.wait_seconds = 0.3;
  const std::string said = complaint([&] { join(one); });
  EXPECT_NE(said.find("got none with the rank 0, 2, 3"), std::string::npos) << said;
  EXPECT_NE(said.find("127.0.0.1:" + std::to_string(store.port()) + " within 0.3 seconds"), std::string::npos) << said;
}

TEST(GlooGroup, RefusesARankTwice) {
  const LocalStore store;
  Meeting one = meeting(store, 0, 2);
  one.wait_seconds = 0.2;
  complaint([&] { join(one); });
  const std::string said = complaint([&] { join(one); });
  EXPECT_NE(said.find("two runs on one store?"), std::string::npos) << said;
}

TEST(GlooGroup, SaysWhereNoStoreAnswers) {
  Meeting one;
  one.size = 2;
  one.rank = 1;
  one.wait_seconds = 0.5;
  {
    const LocalStore gone;
    one.port = gone.port();
  }
  const std::string said = complaint([&] { join(one); });
  EXPECT_NE(said.find("the run's store at 127.0.0.1:" + std::to_string(one.port) + " within 0.5 seconds"),
            std::string::npos)
      << said;
}

TEST(GlooGroup, RefusesAPortInUse) {
  const LocalStore store;
  Meeting one = meeting(store, 0, 2);
  one.serves = true;
  const std::string said = complaint([&] { join(one); });
  EXPECT_NE(said.find("expected a free port for the run's store, got 127.0.0.1:"), std::string::npos) << said;
  one.host = "no.such.host.invalid";
  EXPECT_NE(complaint([&] { join(one); }).find("MASTER_ADDR"), std::string::npos);
}

}  // namespace
}  // namespace saddle
