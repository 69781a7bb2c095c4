// What no row can meet is told; what a row can meet never is.
#include "saddle/tables/condition_reach.h"

#include <gtest/gtest.h>

#include "saddle/base/rng.h"

namespace saddle {
namespace {

using Form = RowCondition::Form;
using Comparison = RowCondition::Comparison;

RowCondition compare(int64_t column, Comparison comparison, double value) {
  return {.form = Form::compare, .comparison = comparison, .columns = {column}, .value = value};
}

RowCondition all_of(const std::vector<RowCondition>& parts) { return {.parts = parts}; }

RowCondition none_of(const RowCondition& condition) { return {.form = Form::negation, .parts = {condition}}; }

/// A category of three, a number in steps of 0.1 from -50 to 50, half of them 0, and one without steps.
TableCodec three_columns() {
  Rng rng = make_rng(1, "test");
  const Tensor i = at::arange(4000, at::kDouble), tenths = at::randint(-500, 501, {4000}, rng).to(at::kDouble) / 10;
  const Tensor steps = at::where(i.remainder(2).eq(0), at::zeros({1}, at::kDouble), tenths);
  const Tensor rows = at::stack({i.remainder(3), steps, randn({4000}, rng, at::kCPU, at::kDouble)}, 1);
  return TableCodec::learn(rows, {true, false, false}, {ColumnRole::levels, ColumnRole::number, ColumnRole::number});
}

TEST(ColumnBeyondReach, IsOneThatNoValueOfMeetsAll) {
  const TableCodec codec = three_columns();
  const auto reach = [&](const std::vector<RowCondition>& parts) {
    return column_beyond_reach(all_of(parts), {}, codec);
  };
  EXPECT_EQ(reach({compare(0, Comparison::equal, 1), compare(0, Comparison::equal, 2)}), 0);
  EXPECT_EQ(reach({compare(0, Comparison::equal, 1), compare(1, Comparison::more, 3)}), -1);
  EXPECT_EQ(reach({compare(1, Comparison::more, 3), compare(1, Comparison::less, 3.1)}), 1);  // between two steps
  EXPECT_EQ(reach({compare(1, Comparison::more, 3), compare(1, Comparison::less, 3.2)}), -1);
  EXPECT_EQ(reach({compare(1, Comparison::more, 50)}), 1);
  EXPECT_EQ(reach({compare(2, Comparison::more, 0.5), compare(2, Comparison::less, 0.5001)}), -1);
  EXPECT_EQ(reach({compare(2, Comparison::more, 0.5), none_of(compare(2, Comparison::more, 0.25))}), 2);
  EXPECT_EQ(reach({{.form = Form::missing, .columns = {1}}}), 1);
}

TEST(ColumnBeyondReach, LooksAtTheConstraintToo) {
  const TableCodec codec = three_columns();
  const RowCondition where = compare(1, Comparison::less, 0);
  EXPECT_EQ(column_beyond_reach(where, compare(1, Comparison::at_least, 0), codec), 1);
  EXPECT_EQ(column_beyond_reach(where, compare(1, Comparison::at_least, -1), codec), -1);
}

TEST(ColumnBeyondReach, IsNoneWhereARowMeetsIt) {
  const TableCodec codec = three_columns();
  Rng rng = make_rng(2, "test");
  const Tensor rows = codec.decode(codec.encode(at::stack({at::randint(0, 3, {500}, rng).to(at::kDouble),
                                                           at::randint(-500, 501, {500}, rng).to(at::kDouble) / 10,
                                                           randn({500}, rng, at::kCPU, at::kDouble)},
                                                          1)),
                                   rng);
  for (int64_t i = 0; i < rows.size(0); ++i)
    for (int64_t c = 0; c < 3; ++c)
      EXPECT_EQ(column_beyond_reach(compare(c, Comparison::equal, rows[i][c].item<double>()), {}, codec), -1) << i;
}

}  // namespace
}  // namespace saddle
