// Tests that the view of a table shows where the generated rows are wrong.
#include "saddle/metrics/table_view.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"

namespace saddle {
namespace {

using nlohmann::json;

constexpr int64_t kRows = 2000;

TableSchema schema_of_four() {
  TextTable table{"t.csv", {"id", "a", "b", "word"}, {{}, {}, {}, {}}, {}};
  for (const auto& [id, number, word] : {std::tuple{"1", "0.5", "<x>"}, {"2", "-1.25", "y"}})
    for (size_t c = 0; c < 4; ++c) table.columns[c].push_back(c == 0 ? id : c == 3 ? word : number);
  std::vector<std::string> warnings;
  return read_schema({&table}, {}, warnings);
}

/// a and b are standard normal with a correlation; a word for the sign of a.
Tensor correlated_rows(double correlation, Rng& rng) {
  const Tensor a = randn({kRows}, rng, at::kCPU, at::kDouble), e = randn({kRows}, rng, at::kCPU, at::kDouble);
  const Tensor b = correlation * a + std::sqrt(1 - correlation * correlation) * e;
  const Tensor words = at::tensor({level_code("y"), level_code("<x>")}, at::kDouble);
  return at::stack({at::arange(kRows, at::kDouble), a, b, words.index_select(0, a.gt(0).to(at::kLong))}, 1);
}

/// Generated rows lack the correlation.
TableRows sides_with(double real, double generated) {
  Rng rng = make_rng(1, "view");
  TableRows rows;
  rows.schema = schema_of_four();
  const Tensor train = correlated_rows(real, rng);
  rows.codec = std::make_shared<TableCodec>(
      TableCodec::learn(train, categorical_columns(rows.schema),
                        {ColumnRole::key, ColumnRole::number, ColumnRole::number, ColumnRole::levels}));
  rows.shown = {correlated_rows(real, rng), correlated_rows(generated, rng)};
  rows.other = {train, correlated_rows(generated, rng)};
  return rows;
}

TEST(TableView, FindsThePairWhoseDependenceIsLost) {
  const json view = json::parse(table_view_json(sides_with(0.9, 0), 1));
  const json& pairs = view["pairs"];
  EXPECT_EQ(pairs["columns"], 3);
  EXPECT_EQ(pairs["count"], 3);
  const json& most = pairs["most"][0];
  EXPECT_EQ(most["first"]["name"], "a");
  EXPECT_EQ(most["second"]["name"], "b");
  EXPECT_GT(most["total_variation"], 0.4);  // .48 for these bins
  EXPECT_LT(most["of_real"], 0.15);         // 100 cells of some 20 rows
  EXPECT_LT(most["alone"], 0.08);
  EXPECT_EQ(most["real"].size(), most["first"]["bins"].size() * most["second"]["bins"].size());
  double sum = 0, real = 0, generated = 0;
  for (size_t i = 0; i < most["real"].size(); ++i) {
    real += most["real"][i].get<double>();
    generated += most["generated"][i].get<double>();
    sum += std::fabs(most["real"][i].get<double>() - most["generated"][i].get<double>()) / 2;
  }
  EXPECT_NEAR(real, 1, 1e-4);
  EXPECT_NEAR(generated, 1, 1e-4);
  EXPECT_NEAR(sum, most["total_variation"], 1e-4);
}

TEST(TableView, ShowsColumnsThatAgreeAndLeavesKeysOut) {
  const json view = json::parse(table_view_json(sides_with(0.9, 0), 1));
  ASSERT_EQ(view["columns"].size(), 4U);
  EXPECT_EQ(view["columns"][0]["role"], "key");
  EXPECT_EQ(view["columns"][0].count("bins"), 0U);
  for (size_t c = 1; c < 4; ++c) {
    const json& column = view["columns"][c];
    EXPECT_LT(column["js"], 3 * column["standard_error"].get<double>()) << column["name"];
    double real = 0;
    for (const json& bin : column["bins"]) real += bin["real"].get<double>();
    EXPECT_NEAR(real, 1, 1e-4);
  }
  EXPECT_EQ(view["columns"][3]["bins"].size(), 2U);
}

TEST(TableView, ShowsRowsAsCellsAndNewKeys) {
  const json view = json::parse(table_view_json(sides_with(0.9, 0), 1));
  EXPECT_EQ(view["names"], (json{"id", "a", "b", "word"}));
  ASSERT_EQ(view["real"].size(), 10U);
  ASSERT_EQ(view["generated"].size(), 10U);
  EXPECT_EQ(view["real"][3][0], "3");
  EXPECT_EQ(view["generated"][0][0], "3");  // keys of the schema end at 2
  const std::string word = view["generated"][0][3];
  EXPECT_TRUE(word == "<x>" || word == "y");
}

TEST(TableView, NamesRowsThatTheRealOnesHardlyHave) {
  const json critic = json::parse(table_view_json(sides_with(0.9, 0), 1))["critic"];
  EXPECT_GT(critic["accuracy"], 0.7);
  ASSERT_EQ(critic["rows"].size(), 10U);
  for (size_t i = 0; i < 10; ++i) {
    EXPECT_GE(critic["log_odds"][i], critic["log_odds"][i > 0 ? i - 1 : 0]);
    const double a = std::stod(critic["rows"][i][1].get<std::string>());
    const double b = std::stod(critic["rows"][i][2].get<std::string>());
    EXPECT_GT(std::fabs(b - 0.9 * a), 3 * std::sqrt(1 - 0.81)) << a << " " << b;
    EXPECT_GT(critic["told_by"][i], 0);
    EXPECT_LT(critic["told_by"][i], 3);  // a or b
  }
}

TEST(TableView, OfGoodRowsShowsNoMoreThanChance) {
  const json view = json::parse(table_view_json(sides_with(0.9, 0.9), 1));
  EXPECT_NEAR(view["critic"]["accuracy"], 0.5, 4 * 0.25 * std::sqrt(2.0 / kRows));  // false alarm 1 in 16,000
  for (const json& pair : view["pairs"]["most"])
    EXPECT_NEAR(pair["total_variation"].get<double>(), pair["of_real"].get<double>(), 0.04);
}

TEST(TableView, IsTheSameForTheSameSeedAndRefusesFewRows) {
  TableRows rows = sides_with(0.9, 0);
  EXPECT_EQ(table_view_json(rows, 7), table_view_json(rows, 7));
  rows.shown.p = rows.shown.p.slice(0, 0, 20);
  EXPECT_THROW(table_view_json(rows, 7), Error);
}

}  // namespace
}  // namespace saddle
