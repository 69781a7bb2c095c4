// What networks see of a table: every value comes back, or the nearest that its column can tell.
#include "saddle/tables/table_codec.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"

namespace saddle {
namespace {

const double kNone = std::numeric_limits<double>::quiet_NaN();

Tensor column_of(const std::vector<double>& values) { return at::tensor(values, at::kDouble); }

TableCodec learn(const std::vector<std::pair<Tensor, bool>>& columns) {
  std::vector<Tensor> values;
  std::vector<bool> categorical;
  std::vector<ColumnRole> roles;
  for (const auto& [column, is_category] : columns) {
    values.push_back(column);
    categorical.push_back(is_category);
    roles.push_back(find_role(column, is_category));
  }
  return TableCodec::learn(at::stack(values, 1), categorical, roles);
}

bool equal_rows(const Tensor& a, const Tensor& b) {
  return at::equal(a.isnan(), b.isnan()) && at::equal(a.nan_to_num(-1), b.nan_to_num(-1));
}

TEST(FindRole, TellsWhatAColumnIs) {
  const Tensor numbers = at::arange(1000, at::kDouble);
  EXPECT_EQ(find_role(numbers, false), ColumnRole::key);
  EXPECT_EQ(find_role(numbers.flip(0) * 10 + 5, false), ColumnRole::key);  // in steps of ten
  EXPECT_EQ(find_role(numbers.square(), false), ColumnRole::number);       // all differ, with gaps
  EXPECT_EQ(find_role(numbers + 0.5, false), ColumnRole::number);
  EXPECT_EQ(find_role(numbers * 0.1, false), ColumnRole::number);
  EXPECT_EQ(find_role(numbers.remainder(100), false), ColumnRole::levels);
  EXPECT_EQ(find_role(numbers.remainder(101), false), ColumnRole::number);
  EXPECT_EQ(find_role(numbers * 12345, true), ColumnRole::key);
  EXPECT_EQ(find_role(numbers.remainder(500), true), ColumnRole::levels);
  EXPECT_EQ(find_role(at::full({1000}, 3.0, at::kDouble), false), ColumnRole::constant);
  EXPECT_EQ(find_role(at::full({1000}, kNone, at::kDouble), true), ColumnRole::constant);
  Tensor with_missing = numbers.clone();
  with_missing[3] = kNone;
  EXPECT_EQ(find_role(with_missing, false), ColumnRole::number);
  EXPECT_EQ(find_role(at::arange(10, at::kDouble), false), ColumnRole::levels);  // too few to be keys
}

TEST(FindStep, IsTheLargestThatAllValuesAreMultiplesOf) {
  EXPECT_EQ(find_step(column_of({3, 9, 21})), 6);
  EXPECT_NEAR(find_step(column_of({0.25, 0.5, 1.75})), 0.25, 1e-12);
  EXPECT_NEAR(find_step(column_of({1.1, 1.25, 7})), 0.05, 1e-12);
  EXPECT_EQ(find_step(column_of({86'400.0 * 3, 86'400.0 * 10, 86'400.0 * 12})), 86'400);
  EXPECT_EQ(find_step(column_of({0.1, std::sqrt(2), 1e-11})), 0);
  EXPECT_EQ(find_step(column_of({1, 1e300})), 0);
  EXPECT_EQ(find_step(column_of({5, 5})), 0);
}

TEST(TableCodec, PutsEachValueIntoOneCellOfItsColumn) {
  const Tensor i = at::arange(2000, at::kDouble), category = i.remainder(3);
  const Tensor number = at::where(i.remainder(2).eq(0), at::zeros({1}, at::kDouble), i + 0.5);  // half of them are 0
  const TableCodec codec = learn({{category, true}, {i, false}, {number, false}});  // the middle one is a key
  EXPECT_EQ(codec.cell_count(), 3 + 1 + 10);
  const Tensor cells = codec.cells(at::stack({category, i, number}, 1));
  EXPECT_EQ(cells.sizes(), at::IntArrayRef({2000, 2}));
  EXPECT_TRUE(at::equal(cells.select(1, 0), category.to(at::kLong)));
  const Tensor counts = cells.select(1, 1).bincount({}, 14);
  EXPECT_EQ(counts[3].item<int64_t>(), 1000);
  for (int64_t part = 4; part < 14; ++part) EXPECT_NEAR(static_cast<double>(counts[part].item<int64_t>()), 100, 5);
  const Tensor beyond = codec.cells(at::tensor({7.0, 0.0, 1e9, 1.0, 0.0, -1e9}, at::kDouble).view({2, 3}));
  EXPECT_EQ(beyond[0][1].item<int64_t>(), 13);
  EXPECT_EQ(beyond[1][1].item<int64_t>(), 4);
}

TEST(TableCodec, BringsEveryLevelBack) {
  const Tensor number = column_of({1, 2, 2, 3, kNone, 1}), category = column_of({700, 800, 700, kNone, 900, 700}),
               constant = at::full({6}, 4.5, at::kDouble);
  const TableCodec codec = learn({{number, false}, {category, true}, {constant, false}});
  EXPECT_EQ(codec.width(), 4 + 4);
  const Tensor rows = at::stack({number, category, constant}, 1), x = codec.encode(rows);
  EXPECT_EQ(x.sizes(), at::IntArrayRef({6, 8}));
  EXPECT_TRUE(at::equal(x.sum(1), at::full({6}, 2.0F)));
  Rng rng = make_rng(1, "test");
  EXPECT_TRUE(equal_rows(codec.decode(x, rng), rows));
}

TEST(TableCodec, BringsNumbersBackWithinTheirQuantiles) {
  Rng rng = make_rng(2, "test");
  const Tensor spiky = at::where(rand({20'000}, rng, at::kCPU, at::kDouble) < 0.5, 0.0,
                                 (randn({20'000}, rng, at::kCPU, at::kDouble).exp() * 1000).round());
  const TableCodec codec = learn({{spiky, false}});
  const ColumnPlan& plan = codec.columns()[0];
  EXPECT_EQ(plan.role, ColumnRole::number);
  EXPECT_EQ(plan.levels, std::vector<double>{0});  // half of the rows
  EXPECT_NEAR(plan.shares[0], 0.5, 0.02);
  EXPECT_EQ(plan.step, 1);
  EXPECT_EQ(plan.quantiles.size(), 1024U);
  const Tensor x = codec.encode(spiky.unsqueeze(1)), back = codec.decode(x, rng).squeeze(1);
  EXPECT_TRUE(at::equal(back.eq(0), spiky.eq(0)));
  EXPECT_TRUE(at::equal(back, back.round()));
  const Tensor inside = (spiky > 100).logical_and(spiky < 10'000);
  EXPECT_LT(((back - spiky).abs() / spiky).index({inside}).max().item<double>(), 0.03);
  // its scores are those of a normal distribution, whatever the column's shape
  const Tensor scores = x.select(1, 2).index({spiky.ne(0)}).to(at::kDouble) / 2;
  EXPECT_NEAR(scores.mean().item<double>(), 0, 0.03);
  EXPECT_NEAR(scores.std().item<double>(), 1, 0.03);
}

TEST(TableCodec, NeverLeavesTheRange) {
  Rng rng = make_rng(3, "test");
  const Tensor values = (randn({5000}, rng, at::kCPU, at::kDouble) * 100).round() / 4;
  const TableCodec codec = learn({{values, false}});
  Tensor x = at::zeros({1000, codec.width()});
  x.select(1, codec.spans()[0].levels - 1).fill_(1);
  x.select(1, codec.width() - 1).copy_(at::linspace(-50, 50, 1000));
  const Tensor back = codec.decode(x, rng);
  EXPECT_EQ(back.min().item<double>(), values.min().item<double>());
  EXPECT_EQ(back.max().item<double>(), values.max().item<double>());
  EXPECT_TRUE(at::equal(back * 4, (back * 4).round()));
}

TEST(TableCodec, DrawsRareLevelsBackByTheirShares) {
  // 100 frequent levels, and 50 rare ones of which one has half of their rows
  std::vector<double> codes;
  for (int i = 0; i < 100; ++i) codes.insert(codes.end(), 100, i);
  for (int i = 0; i < 49; ++i) codes.push_back(1000 + i);
  codes.insert(codes.end(), 49, 2000);
  const TableCodec codec = learn({{column_of(codes), true}});
  EXPECT_EQ(codec.width(), 101);
  EXPECT_EQ(codec.columns()[0].rest.size(), 50U);
  Tensor x = at::zeros({10'000, 101});
  x.select(1, 100).fill_(1);
  Rng rng = make_rng(4, "test");
  const Tensor back = codec.decode(x, rng).squeeze(1);
  EXPECT_GE(back.min().item<double>(), 1000);
  EXPECT_NEAR(back.eq(2000).to(at::kDouble).mean().item<double>(), 0.5, 0.02);  // four standard errors
}

TEST(TableCodec, TakesWhatItHasNeverSeenAsTheNearest) {
  const Tensor number = column_of({10, 20, 30, 30}), category = column_of({5, 5, 6, 6.5});
  const TableCodec codec = learn({{number, false}, {category, true}});
  const Tensor rows = at::tensor({12.0, 5.0, 99.0, 7.0, kNone, 6.0}, at::kDouble).view({3, 2});
  Rng rng = make_rng(5, "test");
  EXPECT_TRUE(equal_rows(codec.decode(codec.encode(rows), rng),
                         at::tensor({10.0, 5.0, 30.0, 5.0, 30.0, 6.0}, at::kDouble).view({3, 2})));
}

TEST(TableCodec, IsReadFromItsJson) {
  Rng rng = make_rng(6, "test");
  const Tensor number = randn({5000}, rng, at::kCPU, at::kDouble), few = number.round();
  Tensor holes = number.exp();
  holes.slice(0, 0, 100).fill_(kNone);
  const TableCodec codec = learn({{number, false}, {few, false}, {holes, false}, {few * 77 + 1000, true}});
  const TableCodec again = TableCodec::parse(codec.json(), "codec.json");
  EXPECT_EQ(again.json(), codec.json());
  const Tensor rows = at::stack({number, few, holes, few * 77 + 1000}, 1);
  EXPECT_TRUE(at::equal(again.encode(rows), codec.encode(rows)));
  for (const char* bad : {"", "{}", "[]", "[1]", R"([{"role": "numbers"}])", R"([{"role": "levels"}])",
                          R"([{"role": "levels", "levels": [2, 1], "shares": [0.5, 0.5]}])",
                          R"([{"role": "levels", "levels": [1], "shares": []}])",
                          R"([{"role": "number", "quantiles": [1], "range": [0, 1], "step": 0}])",
                          R"([{"role": "number", "quantiles": [1, 2], "step": 0}])",
                          R"([{"role": "number", "quantiles": ["a"], "range": [0, 1], "step": 0}])",
                          R"([{"role": "number", "quantiles": [1, 2], "range": [0, 1], "step": "x"}])",
                          R"([{"role": "number", "quantiles": [1, null], "range": [0, 1], "step": 0}])",
                          R"([{"role": "constant", "quantiles": [0, 1], "range": [0, 1], "step": 0}])",
                          R"([{"role": "levels", "levels": [1], "shares": [1], "rest": [2], "rest_shares": [0]}])",
                          R"([{"role": "levels", "levels": [1], "shares": [-1]}])"})
    EXPECT_THROW(TableCodec::parse(bad, "codec.json"), Error) << bad;
}

TEST(TableCodec, RefusesANumberOfACategory) {
  EXPECT_THROW(TableCodec::learn(at::ones({3, 1}, at::kDouble), {true}, {ColumnRole::number}), Error);
  EXPECT_THROW(TableCodec::learn(at::ones({0, 1}, at::kDouble), {true}, {ColumnRole::levels}), Error);
}

}  // namespace
}  // namespace saddle
