// Tests of sums by a tree, and of what ranks send each other.
#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/distributed/tree_sum.h"
#include "tests/support/thread_group.h"

namespace saddle {
namespace {

using test::on_ranks;
using test::ThreadGroup;

/// Numbers whose sum depends on its order.
std::vector<Tensor> leaves(int64_t count, int64_t numel) {
  Rng rng = make_rng(3, "leaves");
  std::vector<Tensor> all;
  all.reserve(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) all.push_back(randn({numel}, rng) * (randn({numel}, rng) * 4).exp());
  return all;
}

Tensor tree(const std::vector<Tensor>& all, int64_t begin, int64_t end) {
  TreeSum sum;
  for (int64_t i = begin; i < end; ++i) sum.add(all[static_cast<size_t>(i)].clone());
  return sum.take();
}

TEST(TreeSum, AddsPairsOfPairs) {
  const std::vector<Tensor> all = leaves(4, 1000);
  EXPECT_TRUE(at::equal(tree(all, 0, 4), (all[0] + all[1]) + (all[2] + all[3])));
  EXPECT_FALSE(at::equal(tree(all, 0, 4), all[0] + all[1] + all[2] + all[3]));
}

TEST(TreeSum, AddsANumberThatIsNoPowerOfTwoToo) {
  const std::vector<Tensor> all = leaves(7, 10);
  EXPECT_TRUE(at::equal(tree(all, 0, 7), ((all[0] + all[1]) + (all[2] + all[3])) + ((all[4] + all[5]) + all[6])));
}

TEST(Group, SumsToTheSameBitsForAnyNumberOfRanks) {
  for (const int64_t numel : {1, 5, 50'000, 50'001, 100'003}) {
    const std::vector<Tensor> all = leaves(16, numel);
    const Tensor expected = tree(all, 0, 16);
    for (const int64_t size : {1, 2, 4, 8, 16})
      on_ranks(size, [&](ThreadGroup& group) {
        const int64_t own = 16 / size;
        Tensor x = tree(all, group.rank() * own, (group.rank() + 1) * own);
        group.sum(x);
        EXPECT_TRUE(at::equal(x, expected)) << numel << " numbers, rank " << group.rank() << " of " << size;
        EXPECT_LE(group.sent, std::max<int64_t>(2 * numel, 4 * int64_t{50'000}) + size);
      });
  }
}

TEST(Group, GathersInTheOrderOfRanks) {
  on_ranks(8, [](ThreadGroup& group) {
    const Tensor all = group.gather(at::full({3}, group.rank(), at::kLong));
    EXPECT_TRUE(at::equal(all, at::arange(8, at::kLong).unsqueeze(1).expand({8, 3})));
    const auto texts = group.gather(std::string(static_cast<size_t>(group.rank()), 'x'));
    ASSERT_EQ(texts.size(), 8u);
    for (size_t r = 0; r < 8; ++r) EXPECT_EQ(texts[r], std::string(r, 'x'));
  });
}

TEST(Group, BroadcastsWhatRank0Has) {
  for (const int64_t size : {1, 2, 8})
    on_ranks(size, [](ThreadGroup& group) {
      const Tensor own = at::full({2, 2}, group.rank(), at::kDouble), got = group.broadcast(own);
      EXPECT_TRUE(at::equal(got, at::zeros({2, 2}, at::kDouble)));
      EXPECT_EQ(own[0][0].item<int64_t>(), group.rank());
      EXPECT_EQ(group.broadcast(group.leads() ? std::string("a text") : std::string()), "a text");
      EXPECT_EQ(group.broadcast(group.leads() ? std::string() : std::string("other")), "");
      group.barrier();
    });
}

TEST(Group, SharesTasksOutByTheirCosts) {
  const std::vector<double> costs = {4, 4, 4, 6, 1, 1, 1};
  const auto task = [](size_t i) { return at::full({static_cast<int64_t>(i)}, 0.1 * static_cast<double>(i)); };
  const std::vector<Tensor> alone = Group().share(costs, task);
  for (const int64_t size : {1, 2, 4, 8})
    on_ranks(size, [&](ThreadGroup& group) {
      std::vector<size_t> done;
      const std::vector<Tensor> all = group.share(costs, [&](size_t i) {
        done.push_back(i);
        return task(i);
      });
      EXPECT_EQ(done, group.share_of(costs, group.rank()));
      ASSERT_EQ(all.size(), costs.size());
      for (size_t i = 0; i < all.size(); ++i) EXPECT_TRUE(at::equal(all[i], alone[i])) << i;
    });
  EXPECT_EQ(Group(0, 2).share_of(costs, 0), (std::vector<size_t>{0, 2, 4, 5, 6}));
  EXPECT_EQ(Group(1, 2).share_of(costs, 1), (std::vector<size_t>{1, 3}));
}

TEST(Group, RefusesRanksThatMakeNoTree) {
  test::Mail mail;
  for (const auto& [rank, size] : {std::pair{0, 3}, {0, 0}, {2, 2}, {-1, 4}})
    EXPECT_THROW(ThreadGroup(rank, size, mail), UsageError) << rank << " of " << size;
}

}  // namespace
}  // namespace saddle
