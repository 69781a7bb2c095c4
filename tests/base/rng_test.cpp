// Tests of generators seeded by purpose.
#include "saddle/base/rng.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"

namespace saddle {

TEST(Rng, SameSeedAndPurposeGiveTheSameDraws) {
  Rng a = make_rng(7, "latents"), b = make_rng(7, "latents");
  EXPECT_TRUE(at::equal(randn({100}, a), randn({100}, b)));
}

TEST(Rng, PurposesAndSeedsGiveDifferentDraws) {
  Rng a = make_rng(7, "latents"), b = make_rng(7, "weights"), c = make_rng(8, "latents");
  const Tensor x = randn({100}, a);
  EXPECT_FALSE(at::equal(x, randn({100}, b)));
  EXPECT_FALSE(at::equal(x, randn({100}, c)));
}

TEST(Rng, StateComesBackBitForBitAlsoAfterAnOddNumberOfNormals) {
  Rng rng = make_rng(1, "test");
  randn({3}, rng);
  const Tensor state = rng_state(rng);
  const Tensor ahead = randn({101}, rng);
  Rng other = make_rng(2, "other");
  set_rng_state(other, state);
  EXPECT_TRUE(at::equal(ahead, randn({101}, other)));
}

TEST(Rng, RefusesAStateOfAnotherSize) {
  Rng rng = make_rng(1, "test");
  EXPECT_THROW(set_rng_state(rng, at::zeros({3}, at::kByte)), Error);
}

TEST(Rng, DrawsOnTheDeviceWhereItIsMadeThere) {
  if (!at::hasCUDA()) GTEST_SKIP() << "no GPU";
  Rng a = make_rng(7, "latents", at::kCUDA), b = make_rng(7, "latents", at::kCUDA);
  const Tensor x = randn({100}, a, at::kCUDA);
  EXPECT_TRUE(x.is_cuda());
  EXPECT_TRUE(at::equal(x, randn({100}, b, at::kCUDA)));
}

}  // namespace saddle
