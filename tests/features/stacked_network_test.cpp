// Tests of features of stacks.
#include "saddle/features/stacked_network.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"

namespace saddle {
namespace {

/// Of a grey image its mean, its largest pixel, and the class that its mean says: 0, 1 or 2.
class TwoNumbers final : public FeatureNetwork {
 public:
  TwoNumbers() {
    facts_.name = "two numbers";
    facts_.hash = "0123456789abcdef";
    facts_.input = "as it is";
    facts_.dimension = 2;
  }
  Tensor features(const Tensor& x) const override { return at::stack({x.flatten(1).mean(1), x.flatten(1).amax(1)}, 1); }
  int64_t class_count() const override { return 3; }
  Tensor classes(const Tensor& features) const override {
    return features.select(1, 0).mul(3).floor().clamp(0, 2).to(at::kLong);
  }
};

}  // namespace

TEST(StackedNetwork, HasTheFeaturesOfEachChannelInTheirOrder) {
  Rng rng = make_rng(1, "test");
  const auto single = std::make_shared<TwoNumbers>();
  const auto stacked = stack_features(single, 3);
  const Tensor x = rand({5, 3, 8, 8}, rng).contiguous(at::MemoryFormat::ChannelsLast);
  const Tensor found = stacked->features(x);
  ASSERT_EQ(found.sizes(), at::IntArrayRef({5, 6}));
  for (int64_t c = 0; c < 3; ++c)
    EXPECT_TRUE(at::allclose(found.slice(1, 2 * c, 2 * c + 2), single->features(x.slice(1, c, c + 1))));
  EXPECT_EQ(stacked->facts().dimension, 6);
  EXPECT_EQ(stacked->facts().hash.size(), 16);
  EXPECT_NE(stacked->facts().hash, single->facts().hash);
}

TEST(StackedNetwork, TellsTheModeByTheClassesOfItsChannels) {
  const auto stacked = stack_features(std::make_shared<TwoNumbers>(), 3);
  EXPECT_EQ(stacked->class_count(), 27);
  const Tensor grey = at::tensor({0.9, 0.1, 0.5, 0.1, 0.5, 0.9}, at::kFloat).view({2, 3, 1, 1});
  const Tensor classes = stacked->classes(stacked->features(grey.expand({2, 3, 8, 8})));
  EXPECT_TRUE(at::equal(classes, at::tensor({2 * 9 + 0 * 3 + 1, 0 * 9 + 1 * 3 + 2}, at::kLong)));
}

TEST(StackedNetwork, RefusesOtherChannels) {
  EXPECT_THROW(stack_features(std::make_shared<TwoNumbers>(), 3)->features(at::zeros({2, 1, 8, 8})), Error);
}

}  // namespace saddle
