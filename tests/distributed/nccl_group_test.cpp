// Tests of ranks that send by NCCL: by a stand-in for its library, whose device is the memory of this process, and by
// NCCL itself where there are two GPUs.
#include <ATen/detail/CUDAHooksInterface.h>
#include <dlfcn.h>
#include <gtest/gtest.h>

#include "saddle/base/device.h"
#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/distributed/nccl_group.h"
#include "tests/support/thread_group.h"

namespace saddle {
namespace {

using test::on_ranks;
using test::ThreadGroup;

void* stand_in_stream(Device) { return reinterpret_cast<void*>(7); }

NcclPlace stand_in() { return {SADDLE_FAKE_NCCL, stand_in_stream}; }

template <class Function>
Function* of_stand_in(const char* name) {
  static void* const library = dlopen(SADDLE_FAKE_NCCL, RTLD_NOW);
  return reinterpret_cast<Function*>(dlsym(library, name));
}

void let_fail(const char* call, int result = 2) { of_stand_in<void(const char*, int)>("fake_nccl_fail")(call, result); }

struct Counts {
  int reductions, destroyed, abandoned;
};

Counts counts() {
  int all[3];
  of_stand_in<void(int*)>("fake_nccl_counts")(all);
  return {all[0], all[1], all[2]};
}

std::unique_ptr<Group> joined(Group& host, Device device = at::kCPU) {
  std::string why;
  std::unique_ptr<Group> group = join_devices(host, device, why, stand_in());
  if (group == nullptr) throw Error(why);
  return group;
}

/// What `work` complains of.
std::string nccl_complaint(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing";
}

Tensor numbers_of(int64_t rank, int64_t n) {
  Rng rng = make_rng(static_cast<uint64_t>(rank), "numbers");
  return randn({n}, rng);
}

TEST(NcclGroup, SumsGathersAndBroadcastsOnTheDeviceAsTheHostDoes) {
  for (const int64_t size : {1, 2, 4, 8})
    on_ranks(size, [&](ThreadGroup& host) {
      const std::unique_ptr<Group> group = joined(host);
      const int64_t sent = host.sent;
      Tensor x = numbers_of(host.rank(), 10'001), expected = x.clone();
      group->sum(x);
      EXPECT_EQ(host.sent, sent);
      host.sum(expected);
      EXPECT_TRUE(at::equal(x, expected));
      EXPECT_TRUE(at::equal(group->gather(at::full({1}, host.rank(), at::kLong)).flatten(), at::arange(size)));
      EXPECT_EQ(group->broadcast(at::full({1}, host.rank() + 5)).item<int64_t>(), 5);
    });
  EXPECT_EQ(of_stand_in<void*()>("fake_nccl_stream")(), stand_in_stream(at::kCPU));
}

TEST(NcclGroup, AllReducesNumbersByTheLibrary) {
  const int before = counts().reductions;
  on_ranks(4, [&](ThreadGroup& host) {
    const std::unique_ptr<Group> group = joined(host);
    for (const auto type : {at::kFloat, at::kDouble, at::kShort}) {  // the last by the tree
      Tensor x = at::full({7}, host.rank() + 1, type);
      group->all_reduce(x);
      EXPECT_TRUE(at::equal(x, at::full({7}, 10, type)));
    }
  });
  EXPECT_EQ(counts().reductions - before, 4 * 2);
}

TEST(NcclGroup, SendsWhatIsElsewhereByTheHost) {
  on_ranks(2, [&](ThreadGroup& host) {
    const std::unique_ptr<Group> group = joined(host, at::kMeta);
    const int64_t sent = host.sent;
    Tensor x = at::ones({3}), y = at::ones({3});
    group->sum(x);
    group->all_reduce(y);
    EXPECT_TRUE(at::equal(x, at::full({3}, 2.0)) && at::equal(x, y));
    EXPECT_EQ(host.sent - sent, 6);
  });
}

TEST(NcclGroup, SaysWhichCallFailedAndWhatTheLibrarySays) {
  const Counts before = counts();
  for (const auto& [call, named] : {std::pair{"ncclSend", "ncclSend"}, {"later", "what NCCL was to do"}})
    on_ranks(2, [&](ThreadGroup& host) {
      const std::string said = nccl_complaint([&] {
        const std::unique_ptr<Group> group = joined(host);
        host.barrier();
        if (host.leads()) let_fail(call);
        host.barrier();
        group->barrier();
      });
      EXPECT_EQ(said, "ranks: rank " + std::to_string(host.rank()) + ": expected " + named +
                          " to succeed, got unhandled system error: a detail on two lines");
      host.barrier();
      if (host.leads()) let_fail("");
      host.barrier();
    });
  EXPECT_EQ(counts().abandoned - before.abandoned, 4);
  EXPECT_EQ(counts().destroyed, before.destroyed);
}

TEST(NcclGroup, TellsAllRanksOfOneThatCannotJoin) {
  for (const auto& [call, rank] : {std::pair{"ncclCommInitRank", "1"}, {"ncclGetUniqueId", "0"}}) {
    let_fail(call);
    on_ranks(4, [&](ThreadGroup& host) {
      const std::string said = nccl_complaint([&] { joined(host); });
      EXPECT_TRUE(said.starts_with(std::string("ranks: rank ") + rank + ": expected " + call + " to succeed")) << said;
    });
    let_fail("");
  }
}

TEST(NcclGroup, IsNoneWhereARankHasNoLibraryOrNoGpu) {
  on_ranks(2, [&](ThreadGroup& host) {
    std::string why;
    const NcclPlace missing{"libnccl-of-nobody.so.2", stand_in_stream};
    EXPECT_EQ(join_devices(host, at::kCPU, why, host.leads() ? stand_in() : missing), nullptr);
    EXPECT_TRUE(why.starts_with("rank 1: libnccl-of-nobody.so.2: cannot open")) << why;
    EXPECT_EQ(join_devices(host, at::kCPU, why), nullptr);
    EXPECT_EQ(why, "rank 0: it computes on a processor");
    EXPECT_EQ(join_devices(host, at::kCPU, why, {"libm.so.6", stand_in_stream}), nullptr);
    EXPECT_TRUE(why.starts_with("rank 0: libm.so.6 has no nccl")) << why;
  });
}

TEST(NcclGroup, OfTwoGpusGivesTheBitsOfTheProcessor) {
  if (open_device("auto").is_cpu() || at::detail::getCUDAHooks().deviceCount() < 2) GTEST_SKIP() << "no two GPUs here";
  on_ranks(2, [&](ThreadGroup& host) {
    const Device device(at::kCUDA, static_cast<c10::DeviceIndex>(host.rank()));
    std::string why;
    const std::unique_ptr<Group> group = join_devices(host, device, why);
    ASSERT_NE(group, nullptr) << why;
    Tensor expected = numbers_of(host.rank(), 30'001), x = expected.to(device), fast = x.clone();
    host.sum(expected);
    group->sum(x);
    group->all_reduce(fast);
    EXPECT_TRUE(at::equal(x.cpu(), expected));
    EXPECT_TRUE(at::allclose(fast.cpu(), expected, 1e-5, 1e-5));
    EXPECT_TRUE(at::equal(group->gather(fast)[0], group->gather(fast)[1]));
  });
}

}  // namespace
}  // namespace saddle
