// Tests of what tables are read as: kinds of columns, and their numbers.
#include "saddle/data/schema.h"

#include <gtest/gtest.h>

#include "tests/data/invertible.h"
#include "tests/data/temp_folder.h"
#include "tests/support/files.h"

namespace saddle {
namespace {

using Texts = std::vector<std::string>;

/// Two tables of one schema, encoded.
struct Encoded {
  std::array<Tensor, 2> x;
  std::vector<SchemaColumn> columns;
  Texts warnings;
};

class EncodeTables : public testing::Test {
 protected:
  /// Reads two tables, by the schema of `earlier` rows where there is one.
  Encoded encode(const std::string& p, const std::string& q, const TableOptions& options = {},
                 const TableSchema* earlier = nullptr) {
    folder_.write("p.csv", p);
    folder_.write("q.csv", q);
    const TextTable p_table = read_csv(folder_ / "p.csv"), q_table = read_csv(folder_ / "q.csv");
    Encoded encoded;
    const TableSchema schema =
        earlier != nullptr ? *earlier : read_schema({&p_table, &q_table}, options, encoded.warnings);
    encoded.columns = schema.columns;
    if (earlier == nullptr)  // which may lack levels
      for (const auto* table : {&p_table, &q_table}) expect_invertible(schema, *table);
    encoded.x = {saddle::encode(schema, p_table, encoded.warnings), saddle::encode(schema, q_table, encoded.warnings)};
    return encoded;
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

/// Rows as encoded, with the levels of the last column coded.
Tensor with_levels(std::vector<std::vector<double>> values, const std::vector<std::string>& levels) {
  std::vector<double> codes;
  codes.reserve(levels.size());
  for (const auto& level : levels) codes.push_back(level_code(level));
  return at::cat({rows(std::move(values)), at::tensor(codes, at::kDouble).unsqueeze(1)}, 1);
}

/// A table of one column with these cells.
std::string column(const Texts& cells) {
  std::string text = "x\n";
  for (const auto& cell : cells) text += "\"" + cell + "\"\n";
  return text;
}

TEST_F(EncodeTables, KeepsNumbersAndCodesLevelsByTheirNames) {
  const auto result = encode("age,sex\n1,f\n2,m\n", "age,sex\n-3e1,m\n4,x\n");
  EXPECT_TRUE(at::equal(result.x[0], with_levels({{1}, {2}}, {"f", "m"})));
  EXPECT_TRUE(at::equal(result.x[1], with_levels({{-30}, {4}}, {"m", "x"})));
  ASSERT_EQ(result.columns.size(), 2U);
  EXPECT_FALSE(result.columns[0].categorical());
  EXPECT_TRUE(result.columns[1].categorical());
  EXPECT_EQ(result.columns[1].levels, (Texts{"f", "m", "x"}));
}

TEST_F(EncodeTables, MatchesColumnsByNameInAnyOrder) {
  const auto result = encode("a,b\n1,2\n", "b,a\n3,4\n");
  EXPECT_TRUE(at::equal(result.x[1], rows({{4, 3}})));
}

TEST_F(EncodeTables, LeavesMissingValuesOpen) {
  const auto result = encode("a,b\n1,x\n?,?\n5,x\n", "a,b\nNA,y\n3,NaN\n");
  EXPECT_TRUE(at::equal(result.x[0].isnan(), rows({{0, 0}, {1, 1}, {0, 0}}) > 0));
  EXPECT_TRUE(at::equal(result.x[1].isnan(), rows({{1, 0}, {0, 1}}) > 0));
  EXPECT_EQ(result.columns[1].levels, (Texts{"x", "y"}));
}

// A row must be the same number whatever else is in its file: medians and levels are for those who fit.
TEST_F(EncodeTables, MakesOfARowWhatNoOtherRowChanges) {
  const auto one = encode("a,b\n1,x\n", "a,b\n2,y\n"), more = encode("a,b\n1,x\n7,q\n?,a\n", "a,b\n2,y\n9,z\n");
  for (size_t t = 0; t < 2; ++t) EXPECT_TRUE(at::equal(one.x[t][0], more.x[t][0]));
}

TEST_F(EncodeTables, GoOnBySchemasOfEarlierRows) {
  const TableSchema earlier = {encode("age,sex\n1,f\n", "age,sex\n2,m\n").columns};
  EXPECT_TRUE(
      at::equal(encode("sex,age,more\nf,5,1\n", "sex,age\nnew,6\n", {}, &earlier).x[1], with_levels({{6}}, {"new"})));
  EXPECT_TRUE(at::equal(encode("age,sex\n1,2\n", "age,sex\n2,3\n", {}, &earlier).x[0], with_levels({{1}}, {"2"})))
      << "numbers are levels too";
  EXPECT_TRUE(encode("age,sex\n,f\n", "age,sex\n2,m\n", {}, &earlier).x[0][0][0].isnan().item<bool>())
      << "a column without values is of any kind";
  const auto refused = [&](const std::string& p) {
    return testing_support::message_of([&] { encode(p, "age,sex\n2,m\n", {}, &earlier); });
  };
  EXPECT_NE(refused("age,sex\nold,f\n")
                .find("p.csv: row 1, column 'age': expected a number, as in the rows before, got "
                      "'old' (--categorical age"),
            std::string::npos);
  EXPECT_NE(refused("age,sex\n2024-05-01,f\n").find("expected a number, as in the rows before"), std::string::npos);
  EXPECT_NE(refused("age\n1\n").find("got none of the name 'sex'"), std::string::npos);
  folder_.write("wide.csv", "age,sex,b\n1,f,1\n");
  const TextTable wide = read_csv(folder_ / "wide.csv");
  EXPECT_NE(testing_support::message_of([&] { check_columns(earlier, wide, {}); }).find("got 'b' as well"),
            std::string::npos);
  check_columns(earlier, wide, {.drop = {"b"}});
}

TEST_F(EncodeTables, TakeLaterSpellingsOfALevelForIt) {
  const TableSchema earlier = {encode(column({"2", "3"}), column({"2.0", "3.0"}), {.categorical = {"x"}}).columns};
  EXPECT_TRUE(at::equal(encode(column({"3.00"}), column({"03"}), {}, &earlier).x[0], with_levels({{}}, {"3"})));
  EXPECT_TRUE(at::equal(encode(column({"3.00"}), column({"03"}), {}, &earlier).x[1], with_levels({{}}, {"03"})));
  folder_.write("new.csv", column({"4.0", "3", "?", "4"}));
  EXPECT_EQ(levels_in(earlier.columns[0], read_csv(folder_ / "new.csv")), (Texts{"3", "4"}));
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
  EXPECT_TRUE(encode("a\n1\n", "a\n2\n", options).columns[0].categorical());
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

/// 20 cells that are numbers, the last ones replaced by others.
Texts numbers_but(const Texts& others) {
  Texts cells;
  for (size_t i = 0; i + others.size() < 20; ++i) cells.push_back(std::to_string(i) + ".5");
  cells.insert(cells.end(), others.begin(), others.end());
  return cells;
}

TEST_F(EncodeTables, ReadsANotationOfItsOwnInEachTable) {
  const Texts plain = {"1234.5", "-0.25", "1000000", "7.125"};
  const Tensor wanted = encode(column(plain), column(plain)).x[0];
  for (const Texts& cells :
       {Texts{"1234,5", "-0,25", "1000000", "7,125"}, Texts{"1.234,5", "-0,25", "1.000.000", "7,125"},
        Texts{"1,234.5", "-0.25", "1,000,000", "7.125"}, Texts{"1 234,5", "\u2212 0,25", "1 000 000", "7,125"},
        Texts{"1'234.5", "(0.25)", "1'000'000", "7.125"}, Texts{"$1,234.50", "-$0.25", "$1,000,000", "$7.125"},
        Texts{"1.234,50 \u20ac", "-0,25 \u20ac", "1.000.000 \u20ac", "7,125 \u20ac"}}) {
    const auto result = encode(column(plain), column(cells));
    ASSERT_FALSE(result.columns[0].categorical()) << cells[0];
    EXPECT_TRUE(at::equal(result.x[1], wanted)) << cells[0];
  }
}

TEST_F(EncodeTables, LooksForANotationInTheOtherColumnsThenInTheOtherTable) {
  EXPECT_TRUE(at::equal(encode("a;b\n1.234;0,5\n999;1,5\n", "a;b\n1;1\n2;2\n").x[0], rows({{1234, 0.5}, {999, 1.5}})));
  EXPECT_TRUE(at::equal(encode("a\n1.234\n999\n", "a\n0,5\n1,5\n").x[0], rows({{1234}, {999}})));
  EXPECT_TRUE(encode("a\n1.234\n999\n", "a\n0,5\n1,5\n").warnings.empty());
}

TEST_F(EncodeTables, WarnsWhereNothingShowsTheNotation) {
  const auto thousands = encode(column({"1,234", "999"}), column({"2,345", "17"}));
  EXPECT_TRUE(at::equal(thousands.x[0], rows({{1234}, {999}})));
  ASSERT_EQ(thousands.warnings.size(), 2U);
  EXPECT_NE(thousands.warnings[0].find("p.csv: row 1, column 'x': '1,234' is read as thousands"), std::string::npos);
  const auto decimals = encode(column({"1.234", "999"}), column({"2.345", "17"}));
  EXPECT_TRUE(at::equal(decimals.x[0], rows({{1.234}, {999}})));
  EXPECT_EQ(decimals.warnings.size(), 2U);
  EXPECT_TRUE(encode(column({"1.234", "9.870"}), column({"2.345", "3.141"})).warnings.empty())
      << "three decimals everywhere";
  EXPECT_TRUE(encode(column({"1.234", "0.5"}), column({"2.345", "3"})).warnings.empty());
}

TEST_F(EncodeTables, TakesAFewStrayTextsForMissingAndNamesTheFirst) {
  const auto result = encode(column(numbers_but({"error", "error"})), column(numbers_but({})));
  ASSERT_FALSE(result.columns[0].categorical());
  EXPECT_TRUE(std::isnan(result.x[0][18][0].item<double>()));
  ASSERT_EQ(result.warnings.size(), 1U);
  EXPECT_NE(result.warnings[0].find(
                "p.csv: row 19, column 'x': expected a number, as in other rows, got 'error': 2 such values "
                "are taken for missing (--categorical x takes all as categories)"),
            std::string::npos)
      << result.warnings[0];
}

TEST_F(EncodeTables, SaysThatAColumnOfCategoriesIsHalfNumbers) {
  const auto result = encode(column(numbers_but({"a", "b", "c"})), column(numbers_but({"a", "b", "c"})));
  ASSERT_TRUE(result.columns[0].categorical());
  ASSERT_FALSE(result.warnings.empty());
  EXPECT_NE(result.warnings[0].find("taken as categories, although 34 of 40 values are numbers"), std::string::npos);
  EXPECT_NE(result.warnings[0].find("q.csv: row 18, column 'x' is 'a'"), std::string::npos) << result.warnings[0];
}

TEST_F(EncodeTables, DecidesForBothTablesTogether) {
  EXPECT_NE(refusal(column(numbers_but({})), column(numbers_but({"a", "b", "c"})))
                .find("q.csv: row 18, column 'x': expected a number"),
            std::string::npos);
  EXPECT_NE(refusal(column({"2024-05-01"}), column({"May"})).find("q.csv: row 1, column 'x': expected a date, since"),
            std::string::npos);
  EXPECT_NE(refusal(column({"2024-05-01"}), column({"17"})).find("expected a"), std::string::npos);
  EXPECT_FALSE(encode(column({"NULL", "NULL"}), column({"1", "2"})).columns[0].categorical())
      << "no value says otherwise";
}

TEST_F(EncodeTables, TakesEqualValuesForEqualHoweverTheyAreWritten) {
  EXPECT_TRUE(at::equal(encode(column({"2", "0"}), column({"2.0", "0.00"})).x[1], rows({{2}, {0}})));
  for (const Texts& other : {Texts{"true", "false"}, Texts{"TRUE", "FALSE"}, Texts{"1", "0"}, Texts{"1.0", "0.0"}})
    EXPECT_TRUE(at::equal(encode(column({"True", "False"}), column(other)).x[1], rows({{1}, {0}}))) << other[0];
  TableOptions options;
  options.categorical = {"x"};
  EXPECT_EQ(encode(column({"2", "3"}), column({"2.0", "3.0"}), options).columns[0].levels, (Texts{"2", "3"}));
  EXPECT_EQ(encode(column({"True", "false"}), column({"TRUE", "FALSE"}), options).columns[0].levels,
            (Texts{"false", "true"}));
}

TEST_F(EncodeTables, KeepsCodesThatAreNoQuantities) {
  TableOptions options;
  options.categorical = {"x"};
  const auto versions = encode(column({"1.1", "1.10"}), column({"1.1", "1.10"}), options);
  EXPECT_EQ(versions.columns[0].levels.size(), 2U);
  ASSERT_FALSE(versions.warnings.empty());
  EXPECT_NE(versions.warnings[0].find("'1.1' and '1.10' are one number"), std::string::npos);
  EXPECT_EQ(encode(column({"01234", "1234"}), column({"01234"}), options).columns[0].levels.size(), 2U);
}

TEST_F(EncodeTables, WarnsOfTablesThatShareNoLevel) {
  const auto warning = [&](const Texts& p, const Texts& q) {
    const auto warnings = encode(column(p), column(q)).warnings;
    return warnings.empty() ? "" : warnings[0];
  };
  EXPECT_NE(
      warning({"Yes", "No"}, {"yes", "no"}).find("no level in common: 'No' and 'no' differ in case or blanks alone"),
      std::string::npos)
      << warning({"Yes", "No"}, {"yes", "no"});
  EXPECT_NE(warning({"a"}, {"b"}).find("the two tables have no level in common: 'a' in "), std::string::npos);
  EXPECT_EQ(warning({"a", "b"}, {"b", "c"}), "");
}

TEST_F(EncodeTables, SaysWhichWordsBecomeOneLevel) {
  const auto warnings = encode(column({"None", "", "Basic"}), column({"Basic"})).warnings;
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_NE(warnings[0].find("p.csv: '', 'none' are all taken for missing"), std::string::npos) << warnings[0];
}

TEST_F(EncodeTables, ReadsDatesAndTimesAsSeconds) {
  EXPECT_TRUE(at::equal(encode(column({"1970-01-02"}), column({"1970-01-01T00:00:01.5Z"})).x[0], rows({{86400}})));
  const auto zones = encode(column({"2024-05-01T12:00:00+02:00"}), column({"2024-05-01 10:00:00"}));
  EXPECT_TRUE(at::equal(zones.x[0], zones.x[1]));
  ASSERT_EQ(zones.warnings.size(), 1U);
  EXPECT_NE(zones.warnings[0].find("has no time zone"), std::string::npos);
  EXPECT_TRUE(at::equal(encode(column({"12:30"}), column({"00:00:01"})).x[0], rows({{45000}})));
}

TEST_F(EncodeTables, RefusesTwoUnitsAndWarnsOfOneOnSome) {
  EXPECT_NE(refusal(column({"$1", "$2"}), column({"\u20ac1"}))
                .find("q.csv: row 1, column 'x': expected the unit '$' of row 1 of p.csv, got '\u20ac'"),
            std::string::npos);
  const auto percent = encode(column({"5%"}), column({"0.05"}));
  EXPECT_TRUE(at::equal(percent.x[0], percent.x[1]));
  ASSERT_EQ(percent.warnings.size(), 1U);
  EXPECT_NE(percent.warnings[0].find("5 % being 0.05"), std::string::npos);
  EXPECT_TRUE(encode(column({"$1"}), column({"$2"})).warnings.empty());
}

TEST_F(EncodeTables, TakesAWordBehindEveryNumberForItsUnit) {
  EXPECT_TRUE(at::equal(encode(column({"1.5 kg", "2kg"}), column({"1,250 kg"})).x[0], rows({{1.5}, {2}})));
  EXPECT_NE(refusal(column({"1 kg"}), column({"1 lb"})).find("expected the unit 'kg' of row 1 of p.csv, got 'lb'"),
            std::string::npos);
  EXPECT_TRUE(encode(column({"1st", "2nd", "3rd", "4th"}), column({"1st", "3rd"})).columns[0].categorical());
}

TEST_F(EncodeTables, SaysWhatItCannotReadOfDatesAndLongNumbers) {
  const auto dates = encode(column({"1.5.2024", "02.05.2024"}), column({"3.5.2024"})).warnings;
  ASSERT_FALSE(dates.empty());
  EXPECT_NE(dates[0].find("looks like dates: only those that are written 2024-05-01 are read"), std::string::npos);
  const auto fortran = encode(column({"1.5D+03", "2.5D+03"}), column({"3.5D+03"})).warnings;
  ASSERT_FALSE(fortran.empty());
  EXPECT_NE(fortran[0].find("although it looks like numbers, as '1.5D+03' in row 1"), std::string::npos);
  EXPECT_TRUE(encode(column({"20-29", "30-39"}), column({"20-29"})).warnings.empty()) << "ranges are categories";
  const auto keys = encode(column({"12345678901234567891"}), column({"1"})).warnings;
  ASSERT_EQ(keys.size(), 1U);
  EXPECT_NE(keys[0].find("has more digits than a number keeps"), std::string::npos);
}

TEST_F(EncodeTables, AsksForAHeaderWhereTheNamesAreNumbers) {
  EXPECT_NE(refusal("5.1,setosa\n4.9,setosa\n", "6.3,virginica\n5.8,virginica\n").find("has p.csv no header?"),
            std::string::npos);
}

TEST_F(EncodeTables, TakesParenthesesForNegativeUnlessOtherNumbersHaveASign) {
  const auto accounts = encode(column({"(1.5)", "2.5"}), column({"1"}));
  EXPECT_TRUE(at::equal(accounts.x[0], rows({{-1.5}, {2.5}})));
  ASSERT_EQ(accounts.warnings.size(), 1U);
  EXPECT_NE(accounts.warnings[0].find("'(1.5)' is read as a negative number"), std::string::npos);
  const auto both = encode(column(numbers_but({"(1.5)", "-2"})), column({"1"}));
  EXPECT_NE(both.warnings[0].find("got '(1.5)': 1 such value is taken for missing"), std::string::npos)
      << both.warnings[0];
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
