// Tests of training under every game of the table.
#include <gtest/gtest.h>

#include "tests/support/toy_game.h"

namespace saddle {
namespace {

using test::ToyGame;

class Games : public testing::TestWithParam<Objective> {};

INSTANTIATE_TEST_SUITE_P(Table, Games, testing::ValuesIn(objectives()),
                         [](const auto& info) { return info.param.name; });

TEST_P(Games, ResumedInTheMiddleEndsBitForBitWhereAnUninterruptedRunEnds) {
  ToyGame whole_game, early_game, late_game;
  for (ToyGame* game : {&whole_game, &early_game, &late_game}) game->options.objective = GetParam().name;
  auto whole = whole_game.trainer(), early = early_game.trainer(), late = late_game.trainer();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(whole->step()) << whole->failure();
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(early->step());
  late->restore(early->checkpoint());
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(late->step());
  const Checkpoint a = whole->checkpoint(), b = late->checkpoint();
  for (const auto& [name, tensor] : a.tensors)  // "last" holds NaN before the first evaluation
    EXPECT_TRUE(at::equal(tensor.nan_to_num(), b.tensors.at(name).nan_to_num())) << name;
}

}  // namespace
}  // namespace saddle
