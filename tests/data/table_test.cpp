// Tests of the encoding of tables.
#include "saddle/data/table.h"

#include <gtest/gtest.h>

#include "tests/data/temp_folder.h"
#include "tests/support/files.h"

namespace saddle {
namespace {

using Texts = std::vector<std::string>;

class EncodeTables : public testing::Test {
 protected:
  EncodedTables encode(const std::string& p, const std::string& q, const TableOptions& options = {}) {
    folder_.write("p.csv", p);
    folder_.write("q.csv", q);
    const TextTable p_table = read_csv(folder_ / "p.csv"), q_table = read_csv(folder_ / "q.csv");
    return encode_tables({&p_table, &q_table}, options);
  }

  std::string refusal(const std::string& p, const std::string& q, const TableOptions& options = {}) {
    std::string text = testing_support::message_of([&] { encode(p, q, options); });
    for (size_t at = 0; (at = text.find(folder_.path() + "/")) != std::string::npos;)
      text.erase(at, folder_.path().size() + 1);
    return text;
  }

  TempFolder folder_;
};

Tensor rows(std::vector<std::vector<double>> values) {
  std::vector<Tensor> out;
  out.reserve(values.size());
  for (const auto& row : values) out.push_back(at::tensor(row, at::kDouble));
  return at::stack(out);
}

TEST_F(EncodeTables, KeepsNumbersAndMakesCategoriesOneHot) {
  const auto result = encode("age,sex\n1,f\n2,m\n", "age,sex\n-3e1,m\n4,x\n");
  EXPECT_TRUE(at::equal(result.x[0], rows({{1, 1, 0, 0}, {2, 0, 1, 0}})));
  EXPECT_TRUE(at::equal(result.x[1], rows({{-30, 0, 1, 0}, {4, 0, 0, 1}})));
  ASSERT_EQ(result.columns.size(), 2U);
  EXPECT_FALSE(result.columns[0].categorical);
  EXPECT_TRUE(result.columns[1].categorical);
  EXPECT_EQ(result.columns[1].first, 1);
  EXPECT_EQ(result.columns[1].labels, (Texts{"sex = f", "sex = m", "sex = x"}));
}

TEST_F(EncodeTables, MatchesColumnsByNameInAnyOrder) {
  const auto result = encode("a,b\n1,2\n", "b,a\n3,4\n");
  EXPECT_TRUE(at::equal(result.x[1], rows({{4, 3}})));
}

TEST_F(EncodeTables, MarksMissingNumbersAndFillsInThePooledMedian) {
  const auto result = encode("a\n1\n?\n5\n", "a\nNA\n3\n");
  EXPECT_TRUE(at::equal(result.x[0], rows({{1, 0}, {3, 1}, {5, 0}})));
  EXPECT_TRUE(at::equal(result.x[1], rows({{3, 1}, {3, 0}})));
  EXPECT_EQ(result.columns[0].labels, (Texts{"a", "a is missing"}));
}

TEST_F(EncodeTables, TakesMissingTextAsALevel) {
  const auto result = encode("a\nx\n?\n", "a\nx\nNaN\n");
  EXPECT_EQ(result.columns[0].labels, (Texts{"a = missing", "a = x"}));
  EXPECT_TRUE(at::equal(result.x[1], rows({{0, 1}, {1, 0}})));
}

TEST_F(EncodeTables, PoolsRareLevelsAndSaysSo) {
  TableOptions options;
  options.most_levels = 2;
  const auto result = encode("a\nx\nx\ny\nz\n", "a\ny\nw\nx\n", options);
  EXPECT_EQ(result.columns[0].labels, (Texts{"a = x", "a = y", "a = other"}));
  EXPECT_TRUE(at::equal(result.x[1], rows({{0, 1, 0}, {0, 0, 1}, {1, 0, 0}})));
  ASSERT_EQ(result.warnings.size(), 1U);
  EXPECT_NE(result.warnings[0].find("column 'a' has 4 levels"), std::string::npos);
}

TEST_F(EncodeTables, TakesTheColumnsThatTheOptionsName) {
  TableOptions options;
  options.columns = {"c", "a"};
  EXPECT_TRUE(at::equal(encode("a,b,c\n1,x,3\n", "a,b,c\n4,5,6\n", options).x[1], rows({{6, 4}})));
  options = {};
  options.drop = {"b"};
  EXPECT_TRUE(at::equal(encode("a,b,c\n1,x,3\n", "c,a\n4,5\n", options).x[1], rows({{5, 4}}))) << "only one has b";
  options = {};
  options.categorical = {"a"};
  EXPECT_TRUE(encode("a\n1\n", "a\n2\n", options).columns[0].categorical);
}

TEST_F(EncodeTables, RefusesSchemasThatDiffer) {
  EXPECT_EQ(refusal("age,sex\n1,2\n", "Age,sex\n1,2\n"),
            "q.csv: expected the columns of p.csv, got none of the name 'age' but 'Age' (--drop leaves a column out)");
  EXPECT_EQ(refusal("a\n1\n", "a,long\n1,2\n"),
            "p.csv: expected the columns of q.csv, got none of the name 'long' (--drop leaves a column out)");
}

TEST_F(EncodeTables, SaysWhereAColumnIsTextInOneTableAlone) {
  EXPECT_EQ(refusal("a,b\n1,2\n", "a,b\n?,2\n3,x\n"),
            "q.csv: row 2, column 'b': expected a number, since p.csv has numbers alone there, got 'x' "
            "(--categorical b takes both as categories)");
  EXPECT_NE(refusal("a\nx\n", "a\n1\n").find("p.csv: row 1, column 'a': expected a number"), std::string::npos);
}

TEST_F(EncodeTables, RefusesInfinityAndUnknownNames) {
  EXPECT_EQ(refusal("a\n1\n", "a\n2\n-inf\n"), "q.csv: row 2, column 'a': expected a finite number, got infinity");
  TableOptions options;
  options.columns = {"aeg"};
  EXPECT_NE(refusal("age\n1\n", "age\n2\n", options).find("--columns: unknown column 'aeg' (did you mean 'age'?"),
            std::string::npos);
  options = {};
  options.drop = {"age"};
  EXPECT_NE(refusal("age\n1\n", "age\n2\n", options).find("got all of them dropped"), std::string::npos);
  options.drop = {"sex"};
  EXPECT_NE(refusal("age\n1\n", "age\n2\n", options).find("--drop: unknown column 'sex'"), std::string::npos);
}

}  // namespace
}  // namespace saddle
