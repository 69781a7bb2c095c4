// Tests of conditions as text: what they say of rows, beside a plain evaluation row by row, and what is refused.
#include "saddle/data/parse_condition.h"

#include <gtest/gtest.h>

#include <random>

#include "saddle/data/as_written.h"
#include "tests/data/temp_folder.h"
#include "tests/support/files.h"

namespace saddle {
namespace {

using Rows = std::vector<int64_t>;  // counted from 1

constexpr const char* kPeople =
    "age,income,start,end,opens,member,sex,native country,capital-gain,is,mother\n"
    "17,\"1,5\",2024-01-01,2024-02-01,08:30,true,Female,United-States,0,a,Male\n"
    "30,\"2,5\",2024-01-02,2024-01-01,09:00,false,Male,O'Brien,0,b,Female\n"
    "90,\"1.000,0\",2024-01-03,2024-01-03,18:15,true,Female,\"Land, (x)\",5178,a,Female\n"
    ",\"-3,0\",2024-01-04,,08:30,,?,and,0,b,Male\n";

/// A table, read and encoded.
class Conditions : public testing::Test {
 protected:
  Conditions() { read(kPeople); }

  void read(const std::string& text) {
    folder_.write("people.csv", text);
    const TextTable table = read_csv(folder_ / "people.csv");
    std::vector<std::string> warnings;
    schema_ = read_schema({&table}, {}, warnings);
    rows_ = encode(schema_, table, warnings);
  }

  RowCondition parsed(const std::string& text) const { return parse_condition(text, schema_, "--where"); }

  static Rows numbers(const Tensor& which) {
    const Tensor places = which.nonzero().flatten() + 1;
    return {places.const_data_ptr<int64_t>(), places.const_data_ptr<int64_t>() + places.numel()};
  }

  Rows met(const std::string& text) const { return numbers(judge(parsed(text), rows_).met); }
  Rows broken(const std::string& text) const { return numbers(judge(parsed(text), rows_).broken); }

  std::string refusal(const std::string& text) const {
    return testing_support::message_of([&] { parsed(text); });
  }

  TempFolder folder_;
  TableSchema schema_;
  Tensor rows_;
};

TEST_F(Conditions, CompareNumbersInTheNotationOfTheirColumn) {
  EXPECT_EQ(met("age = 30"), Rows({2}));
  EXPECT_EQ(met("age == 30"), Rows({2}));
  EXPECT_EQ(met("age != 30"), Rows({1, 3}));
  EXPECT_EQ(met("age <> 30"), Rows({1, 3}));
  EXPECT_EQ(met("age < 30"), Rows({1}));
  EXPECT_EQ(met("age <= 30.0"), Rows({1, 2}));
  EXPECT_EQ(met("age > 3e1"), Rows({3}));
  EXPECT_EQ(met("age>=30"), Rows({2, 3}));
  EXPECT_EQ(met("income = 1,5"), Rows({1}));
  EXPECT_EQ(met("income >= '1.000'"), Rows({3}));
  EXPECT_EQ(met("income<-2,5"), Rows({4}));
  EXPECT_EQ(met("income in ('1,5', '2,5')"), Rows({1, 2}));
}

TEST_F(Conditions, CompareFromBothSidesAndInChains) {
  EXPECT_EQ(met("30 <= age"), met("age >= 30"));
  EXPECT_EQ(met("30 > age"), met("age < 30"));
  EXPECT_EQ(met("17 < age <= 90"), Rows({2, 3}));
  EXPECT_EQ(met("0 <= capital-gain < age"), Rows({1, 2}));
}

TEST_F(Conditions, CompareDatesTimesAndTruths) {
  EXPECT_EQ(met("start >= 2024-01-03"), Rows({3, 4}));
  EXPECT_EQ(met("start < '2024-01-02 12:00'"), Rows({1, 2}));
  EXPECT_EQ(met("opens = 8:30"), Rows({1, 4}));
  EXPECT_EQ(met("opens > 09:00"), Rows({3}));
  EXPECT_EQ(met("member = TRUE"), Rows({1, 3}));
  EXPECT_EQ(met("member != 1"), Rows({2}));
}

TEST_F(Conditions, CompareLevelsAndListsOfThem) {
  EXPECT_EQ(met("sex = Female"), Rows({1, 3}));
  EXPECT_EQ(met("sex != Female"), Rows({2}));
  EXPECT_EQ(met("sex in (Male,Female)"), Rows({1, 2, 3}));
  EXPECT_EQ(met("sex not in (Male)"), Rows({1, 3}));
  EXPECT_EQ(met("sex in ( 'Female ' )"), Rows({1, 3}));
}

TEST_F(Conditions, CompareTwoColumnsOfOneKind) {
  EXPECT_EQ(met("start <= end"), Rows({1, 3}));
  EXPECT_EQ(broken("start <= end"), Rows({2}));
  EXPECT_EQ(met("age > capital-gain"), Rows({1, 2}));
  EXPECT_EQ(met("sex = mother"), Rows({3}));
  EXPECT_EQ(met("sex != mother"), Rows({1, 2}));
}

TEST_F(Conditions, AWordThatIsAColumnAndAValueIsTheValueInQuotesAlone) {
  read("a,b,c\nb,x,1\nx,x,2\nb,b,3\n");
  EXPECT_EQ(met("a = b"), Rows({2, 3}));
  EXPECT_EQ(met("a = `b`"), Rows({2, 3}));
  EXPECT_EQ(met("a = 'b'"), Rows({1, 3}));
  EXPECT_EQ(met("'b' = a"), Rows({1, 3}));
  EXPECT_EQ(met("\"b\" = x"), Rows({1, 2}));
  EXPECT_NE(refusal("c < b").find("of the kind of 'c', number"), std::string::npos) << refusal("c < b");
}

TEST_F(Conditions, TakeNamesAndValuesInQuotes) {
  EXPECT_EQ(met("\"native country\" = United-States"), Rows({1}));
  EXPECT_EQ(met("`native country` = \"O'Brien\""), Rows({2}));
  EXPECT_EQ(met("'native country' = 'O''Brien'"), Rows({2}));
  EXPECT_EQ(met("\"native country\" in ('Land, (x)', O'Brien)"), Rows({2, 3}));
  EXPECT_EQ(met("\"native country\" = 'and'"), Rows({4}));
  EXPECT_EQ(met("`is` = b"), Rows({2, 4}));
  EXPECT_EQ(met("capital-gain>5000"), Rows({3}));
}

TEST_F(Conditions, TakeKeywordsInAnyCase) {
  EXPECT_EQ(met("age IS Missing oR NOT age = 30 AND age NoT iN (17)"), Rows({3, 4}));
  EXPECT_NE(refusal("AGE = 30").find("unknown column 'AGE'"), std::string::npos) << "names are as they stand";
}

TEST_F(Conditions, AreNeitherMetNorBrokenWhereAValueIsMissing) {
  EXPECT_EQ(met("age IS MISSING"), Rows({4}));
  EXPECT_EQ(met("age is not missing"), Rows({1, 2, 3}));
  EXPECT_EQ(met("sex is missing Or end is missing"), Rows({4}));
  EXPECT_EQ(met("not age = 30"), met("age != 30"));
  EXPECT_EQ(broken("age = 30"), Rows({1, 3}));
  EXPECT_EQ(met("not (age = 30 and start < 2024-01-03)"), Rows({1, 3, 4})) << "the second part is broken";
  EXPECT_EQ(met("age = 30 or start > 2024-01-03"), Rows({2, 4})) << "the second part is met";
  EXPECT_EQ(met("not age in (30, 17)"), Rows({3}));
}

TEST_F(Conditions, BindNotAndOrInThisOrderAndSemicolonsLast) {
  EXPECT_EQ(met("age = 17 or age = 30 and sex = Female"), Rows({1}));
  EXPECT_EQ(met("(age = 17 or age = 30) and sex = Male"), Rows({2}));
  EXPECT_EQ(met("not age = 17 and sex = Female"), Rows({3}));
  EXPECT_EQ(met("age = 17 or age = 30; sex = Male"), Rows({2}));
  EXPECT_EQ(requirements(parsed("age = 17 or age = 30; (sex = Male and 0 < age < 9)")).size(), 4U);
}

TEST_F(Conditions, OfCombinationsMustBeLearnt) {
  RowCondition condition = parsed("combination(sex, age) or combination(mother)");
  EXPECT_TRUE(has_combinations(condition));
  EXPECT_FALSE(has_combinations(parsed("sex = Male")));
  EXPECT_NE(testing_support::message_of([&] { judge(condition, rows_); }).find("to be learnt"), std::string::npos);
  condition = parsed("combination(sex, age)");
  const Tensor training = rows_.index_select(0, at::tensor({0, 3}));
  know(condition, combinations_in(condition, training));
  EXPECT_EQ(numbers(judge(condition, rows_).met), Rows({1, 4})) << "missing is a value";
  Tensor other = rows_.clone();
  other.select(1, 0).fill_(17);
  EXPECT_EQ(numbers(judge(condition, other).met), Rows({1, 3}));
  EXPECT_EQ(numbers(judge(condition, other).broken), Rows({2, 4}));
}

TEST_F(Conditions, AreRefusedWithTheirPlaceAndAHint) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "--where: expected a condition, got the end at character 1 (such as age >= 30)"},
      {"  ", "expected a condition"},
      {"agee > 3", "at character 1 of 'agee > 3': unknown column 'agee' (did you mean 'age'? known: age,"},
      {"3 > agee", "at character 5"},
      {"`age", "expected a quote with an end, `, got '`age' at character 1"},
      {"sex = 'Male", "expected a quote with an end, '"},
      {"age", "expected =, !=, <, <=, >, >=, in or is behind 'age', got the end at character 4"},
      {"agee", "unknown column 'agee'"},
      {"age >", "expected a column or a value behind >, got the end at character 6"},
      {"sex = >50K", "got '>' at character 7 of 'sex = >50K' (what has one of ()<>=; in it stands in quotes)"},
      {"age > ) and", "expected a column or a value behind >, got ')' at character 7"},
      {"(age > 3", "expected and, or, or ) for the ( at character 1, got the end at character 9"},
      {"age > 3)", "expected and, or, or the end, got ')' at character 8"},
      {"age > 3 and", "expected a column or a value, got the end at character 12"},
      {"age > 3 sex = Male", "expected and, or, or the end, got 'sex' at character 9"},
      {"native country = x", "unknown column 'native'"},
      {"sex = Femal",
       "expected a level of 'sex', got 'Femal' at character 7 of 'sex = Femal' (did you mean 'Female'? "
       "known: Female, Male)"},
      {"sex < Male", "expected = or != for 'sex', which is of the kind category, since its values have no order"},
      {"member > false", "which is of the kind truth"},
      {"sex = NA", "a missing one is asked for by: sex is missing"},
      {"age = NA", "a missing one is asked for by: age is missing"},
      {"age > old", "expected a number for 'age', got 'old' at character 7 of 'age > old' (as in 17 to 90 of the data"},
      {"age > inf", "expected a number for 'age'"},
      {"start > 1.5.2024", "expected a date for 'start', got '1.5.2024'"},
      {"start <= edn", "did you mean the column 'end'?"},
      {"opens < 2024-01-01", "expected a time for 'opens'"},
      {"age = start", "expected a column of the kind of 'age', number, got 'start' at character 7"},
      {"age in 3", "expected ( and a list, got '3'"},
      {"age in (3", "expected a comma, or ) for the ( at character 8, got the end"},
      {"age in (3,)", "expected a value, got ')'"},
      {"age is 3", "expected missing or not missing behind is, got '3'"},
      {"age not = 3", "expected in behind not"},
      {"is = b", "a column of this name stands in `backticks`"},
      {"combination(sex, agee)", "unknown column 'agee'"},
      {"age = 3; ", "expected a column or a value, got the end"},
      {"\xc3\xbc\xc3\xbc = 3 and (", "at character 1 of"},
      {"sex = \xc3\xbc", "at character 7 of"},
  };
  for (const auto& [text, wanted] : cases)
    EXPECT_NE(refusal(text).find(wanted), std::string::npos) << text << ": " << refusal(text);
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += i % 2 == 0 ? "(" : "not ";
  EXPECT_NE(refusal(deep).find("at most 100 parentheses and nots"), std::string::npos);
  EXPECT_EQ(met(std::string(90, '(') + "age = 30" + std::string(90, ')')), Rows({2}));
}

TEST_F(Conditions, NameTheFirstRowOfATableThatBreaksThem) {
  const auto check = [&](const std::string& text) {
    return testing_support::message_of([&] { check_rows(parsed(text), schema_, rows_, "people.csv"); });
  };
  EXPECT_EQ(
      check("age >= 17; start <= end"),
      "people.csv: row 2: expected start <= end, got start 2024-01-02, end 2024-01-01 (this row alone breaks it: a "
      "constraint holds in all rows)");
  EXPECT_EQ(check("sex = Female or income > 2,0"), "no error");
  EXPECT_EQ(
      check("17 <= age < 90"),
      "people.csv: row 3: expected age < 90, got age 90 (this row alone breaks it: a constraint holds in all rows)");
  EXPECT_NE(check("capital-gain > 0 or sex is missing")
                .find("people.csv: row 1: expected capital-gain > 0 or sex is "
                      "missing, got capital-gain 0, sex Female (2 rows break it"),
            std::string::npos)
      << check("capital-gain > 0 or sex is missing");
  EXPECT_EQ(check("combination(sex, age)"), "no error");
}

TEST_F(Conditions, BeyondTheRangesOfTheDataAreNamed) {
  const auto beyond = [&](const std::string& text) { return beyond_ranges(parsed(text), schema_); };
  EXPECT_EQ(beyond("age > 90"), "age is 17 to 90 in the data");
  EXPECT_EQ(beyond("sex = Male and age = 16"), "age is 17 to 90 in the data");
  EXPECT_EQ(beyond("2023-12-31 >= start"), "start is 2024-01-01 to 2024-01-04 in the data");
  EXPECT_EQ(beyond("start is missing"), "start is never missing in the data");
  for (const char* possible : {"age >= 90", "age <= 17", "age != 17", "age is missing", "age > 90 or age < 20"})
    EXPECT_EQ(beyond(possible), "") << possible;
}

// ---- beside a plain evaluation, row by row ------------------------------------------------------------------------

using Truth = std::optional<bool>;

/// A random condition: its text, how tightly its outermost word binds (0: or, 1: and, 2: the rest), and what it says of
/// a row.
struct Plain {
  std::string text;
  int binding = 2;
  std::function<Truth(int64_t row)> of;
};

class PlainConditions {
 public:
  PlainConditions(const Tensor& rows, uint32_t seed) : rows_(rows), random_(seed) {}

  Plain make(int depth) {
    const auto choice = depth == 0 ? 0 : pick(5);
    if (choice < 2) return leaf();
    if (choice == 2) {
      const Plain part = make(depth - 1);
      return {(pick(2) == 0 ? "not " : "NOT ") + wrapped(part, 2), 2, [part](int64_t row) {
                const Truth of = part.of(row);
                return of ? Truth(!*of) : of;
              }};
    }
    const bool all = choice == 3;
    const Plain a = make(depth - 1), b = make(depth - 1);
    const int binding = all ? 1 : 0;
    return {wrapped(a, binding) + (all ? " and " : " or ") + wrapped(b, binding), binding, [a, b, all](int64_t row) {
              const Truth x = a.of(row), y = b.of(row);
              if ((x && *x != all) || (y && *y != all)) return Truth(!all);
              return x && y ? Truth(all) : Truth();
            }};
  }

 private:
  int pick(int below) { return static_cast<int>(random_() % static_cast<uint32_t>(below)); }

  std::string wrapped(const Plain& part, int binding) {
    return part.binding < binding || pick(5) == 0 ? "(" + part.text + ")" : part.text;
  }

  std::optional<double> cell(int64_t row, int64_t column) const {
    const auto value = rows_[row][column].item<double>();
    return std::isnan(value) ? std::nullopt : std::optional(value);
  }

  Plain leaf() {
    const int64_t a = pick(3), b = pick(3);
    const std::string name(1, static_cast<char>('a' + a)), other(1, static_cast<char>('a' + b));
    const int value = pick(4);
    const std::string number = std::to_string(value);
    switch (pick(4)) {
      case 0:
        return {name + " is missing", 2, [this, a](int64_t row) { return Truth(!cell(row, a)); }};
      case 1:
        return {name + " in (" + number + ", 2)", 2, [this, a, value](int64_t row) {
                  const auto x = cell(row, a);
                  return x ? Truth(*x == value || *x == 2) : Truth();
                }};
      case 2:
        return {name + " < " + other, 2, [this, a, b](int64_t row) {
                  const auto x = cell(row, a), y = cell(row, b);
                  return x && y ? Truth(*x < *y) : Truth();
                }};
      default:
        return {number + ">=" + name, 2, [this, a, value](int64_t row) {
                  const auto x = cell(row, a);
                  return x ? Truth(value >= *x) : Truth();
                }};
    }
  }

  Tensor rows_;
  std::mt19937 random_;
};

TEST_F(Conditions, SayWhatAPlainEvaluationSays) {
  std::string text = "a,b,c\n";
  std::mt19937 random(3);
  for (int i = 0; i < 60; ++i) {
    for (int c = 0; c < 3; ++c) {
      const auto value = random() % 5;
      text += (value == 4 ? "" : std::to_string(value)) + (c < 2 ? "," : "\n");
    }
  }
  read(text);
  PlainConditions conditions(rows_, 7);
  for (int i = 0; i < 400; ++i) {
    const Plain plain = conditions.make(1 + i % 5);
    const RowTruths truths = judge(parsed(plain.text), rows_);
    for (int64_t row = 0; row < rows_.size(0); ++row) {
      const Truth wanted = plain.of(row);
      ASSERT_EQ(truths.met[row].item<bool>(), wanted.value_or(false)) << plain.text << ", row " << row;
      ASSERT_EQ(truths.broken[row].item<bool>(), !wanted.value_or(true)) << plain.text << ", row " << row;
    }
  }
}

// ---- as written ----------------------------------------------------------------------------------------------------

TEST_F(Conditions, AreAskedOfValuesAsTheyAreWritten) {
  read("n,price,day,month,member\n1,\"0,50 kg\",2024-01-01,2024-01,true\n20,\"1,25 kg\",2024-03-01,2024-02,false\n");
  const double day = 86400;
  const Tensor drawn =
      at::tensor({1.4, 0.126, 1.4 * day, 40 * day, 0.7, std::nan(""), -2.0, -0.6 * day, 0.0, 0.2}, at::kDouble)
          .view({2, 5});
  const Tensor written = as_written(schema_, drawn);
  std::vector<std::string> warnings;
  const Tensor again = encode(schema_, decode(schema_, drawn), warnings);
  EXPECT_TRUE(((written == again) | (written.isnan() & again.isnan())).all().item<bool>()) << written << again;
  EXPECT_EQ(written[0][0].item<double>(), 1);
  EXPECT_EQ(written[0][4].item<double>(), 1);
  EXPECT_TRUE(at::equal(as_written(schema_, rows_), rows_));
}

}  // namespace
}  // namespace saddle
