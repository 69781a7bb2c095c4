// Tests of the reading of tables of text.
#include "saddle/io/csv.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "tests/support/files.h"

namespace saddle {
namespace {

class ReadCsv : public testing::Test {
 protected:
  ReadCsv() : path_(testing::TempDir() + "saddle_table.csv") {}

  TextTable read(const std::string& text) {
    testing_support::put_file(path_, text);
    return read_csv(path_);
  }

  /// What reading refuses with, without the path; empty where it does not.
  std::string refusal(const std::string& text) {
    try {
      read(text);
    } catch (const Error& error) {
      const std::string message = error.what();
      EXPECT_EQ(message.find('\n'), std::string::npos) << "one line";
      EXPECT_TRUE(message.starts_with(path_ + ": ")) << message;
      return message.substr(path_.size() + 2);
    }
    return "";
  }

  std::string path_;
};

std::vector<std::string> cells(const TextColumn& column) {
  std::vector<std::string> texts;
  for (size_t i = 0; i < column.size(); ++i) texts.emplace_back(column[i]);
  return texts;
}

using Texts = std::vector<std::string>;

TEST_F(ReadCsv, SplitsFieldsAtTheHeadersDelimiter) {
  for (const std::string delimiter : {",", "\t", ";"}) {
    const TextTable table = read("a" + delimiter + "b\n1" + delimiter + "x\n" + delimiter + "y\n");
    EXPECT_EQ(table.names, (Texts{"a", "b"}));
    EXPECT_EQ(cells(table.columns[0]), (Texts{"1", ""}));
    EXPECT_EQ(cells(table.columns[1]), (Texts{"x", "y"}));
  }
  EXPECT_EQ(read("one\n1\n2\n").rows(), 2);
  EXPECT_EQ(read("\"a;b\",c\n1,2\n").names, (Texts{"a;b", "c"})) << "what is quoted is not counted";
}

TEST_F(ReadCsv, TakesQuotedFieldsLiterally) {
  const TextTable table = read("a,b\r\n\"x, \"\"y\"\"\r\nz\",\" 1 \"\r\n  2 , 3\r\n");
  EXPECT_EQ(cells(table.columns[0]), (Texts{"x, \"y\"\r\nz", "2"}));
  EXPECT_EQ(cells(table.columns[1]), (Texts{" 1 ", "3"}));
}

TEST_F(ReadCsv, SkipsTheMarkOfUtf8AndEmptyLines) {
  const TextTable table = read(
      "\xef\xbb\xbf"
      "größe,b\n\n1,2\n\n3,4");
  EXPECT_EQ(table.names, (Texts{"größe", "b"}));
  EXPECT_EQ(table.rows(), 2);
}

TEST_F(ReadCsv, FindsTheDelimiterThatDividesTheRows) {
  EXPECT_EQ(read("a|b\n1|2\n").names, (Texts{"a", "b"}));
  EXPECT_EQ(read("a b   c\n 1 2\t3 \n4 5 6\n").names, (Texts{"a", "b", "c"})) << "runs of blanks";
  EXPECT_EQ(cells(read("a;b\n1,5;2,5\n3,5;4,5\n").columns[1]), (Texts{"2,5", "4,5"})) << "decimal commas";
  EXPECT_EQ(read("height, cm;weight, kg;age, y\n1,5;2;3\n1,7;2;4\n").names,
            (Texts{"height, cm", "weight, kg", "age, y"}));
  EXPECT_EQ(cells(read("x\n1,5\n2,5\n").columns[0]), (Texts{"1,5", "2,5"})) << "one column of decimal commas";
  EXPECT_EQ(cells(read("city\nNew York\nBonn\n").columns[0]), (Texts{"New York", "Bonn"}));
  EXPECT_EQ(read("\"a|b\"|c\n1|2\n").names, (Texts{"a|b", "c"}));
}

TEST_F(ReadCsv, TakesACommaInTheNameOfTheOnlyColumnAndSaysSo) {
  const TextTable table = read("income, yearly\n10\n20\n");
  EXPECT_EQ(table.names, (Texts{"income, yearly"}));
  ASSERT_EQ(table.remarks.size(), 1U);
  EXPECT_NE(table.remarks[0].find("was taken for the name of one column"), std::string::npos);
  EXPECT_NE(refusal("a,b,c\n1;2;3\n4;5;6\n").find("row 1, column 2: expected 3 fields"), std::string::npos);
}

TEST_F(ReadCsv, FollowsExcelsLineThatNamesTheDelimiter) {
  for (const std::string line : {"sep=;\n", "\"sep=;\"\r\n", "SEP=;\r\n"}) {
    const TextTable table = read(line + "a,b;c\n1;2\n");
    EXPECT_EQ(table.names, (Texts{"a,b", "c"})) << line;
  }
  EXPECT_EQ(read("sep=^\na^b\n1^2\n").names, (Texts{"a", "b"}));
}

TEST_F(ReadCsv, SkipsCommentsAboveTheHeader) {
  const TextTable table = read("# made by \"a sensor\", in May\n\n#\nx,y\n1,2\n3,4\n");
  EXPECT_EQ(table.names, (Texts{"x", "y"}));
  EXPECT_EQ(table.rows(), 2);
  EXPECT_TRUE(table.remarks.empty());
}

TEST_F(ReadCsv, SkipsCommentsBetweenRowsAndSaysSo) {
  const TextTable table = read("x,y\n1,2\n# restarted\n3,4\n");
  EXPECT_EQ(table.rows(), 2);
  EXPECT_EQ(table.remarks, (Texts{"lines below the header that begin with # were left out: 1"}));
  EXPECT_EQ(cells(read("tag,n\n#a,1\n#b,2\n").columns[0]), (Texts{"#a", "#b"})) << "a row like others";
}

TEST_F(ReadCsv, TakesACommentThatNamesTheColumnsForTheHeader) {
  for (const std::string header :
       {"# x y\n1.0 2.0\n3 4\n", "# x, y\n1.0, 2.0\n", "#x\ty\nchr1\tgene\n", "##v1\n#x;y\na;1\n"}) {
    const TextTable table = read(header);
    EXPECT_EQ(table.names, (Texts{"x", "y"})) << header;
    EXPECT_GE(table.rows(), 1) << header;
    EXPECT_EQ(table.remarks.size(), 1U) << header;
  }
  EXPECT_EQ(read("#,x\n1,2\n").names, (Texts{"#", "x"}));
}

TEST_F(ReadCsv, TakesEmptyLinesOfOneColumnForEmptyValues) {
  for (const std::string end : {"\n", "\r\n"}) {
    const TextTable table = read("x" + end + end + "1" + end + end + end + "2" + end + end);
    EXPECT_EQ(cells(table.columns[0]), (Texts{"", "1", "", "", "2"})) << "but for those at the end";
    EXPECT_EQ(table.remarks.size(), 1U);
  }
  EXPECT_EQ(read("x,y\n\n1,2\n\n3,4\n").rows(), 2) << "with more columns they are nothing";
}

TEST_F(ReadCsv, MakesUtf8OfOtherBytes) {
  const TextTable table = read(
      "gr\xf6\xdf"
      "e,ok \u00e4\n1\xa0"
      "234,\xe9t\xe9\n");
  EXPECT_EQ(table.names, (Texts{"gr\u00f6\u00dfe", "ok \u00e4"}));
  EXPECT_EQ(cells(table.columns[1]), (Texts{"\u00e9t\u00e9"}));
  EXPECT_EQ(table.remarks,
            (Texts{"bytes that are no UTF-8, first in the header, column 1, were read as Windows-1252"}));
}

TEST_F(ReadCsv, KeepsEveryCellOfALongTable) {
  std::string text = "a,b\n";
  for (int i = 0; i < 20'000; ++i)
    text += std::to_string(i) + "," + std::string(static_cast<size_t>(i % 7), 'x') + "\n";
  const TextTable table = read(text);
  ASSERT_EQ(table.rows(), 20'000);
  for (size_t i = 0; i < 20'000; ++i) {
    ASSERT_EQ(table.columns[0][i], std::to_string(i));
    ASSERT_EQ(table.columns[1][i].size(), i % 7);
  }
}

TEST_F(ReadCsv, TellsHowFarItIs) {
  testing_support::put_file(path_, [] {
    std::string text = "a\n";
    while (text.size() < 3'000'000) text += "12345\n";
    return text;
  }());
  std::vector<int64_t> seen;
  read_csv(path_, [&](int64_t bytes, int64_t size) {
    EXPECT_EQ(size, 3'000'002);
    seen.push_back(bytes);
  });
  EXPECT_GE(seen.size(), 3U);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_EQ(seen.back(), 3'000'002);
}

TEST_F(ReadCsv, ReadsGzip) {
  // printf 'a,b\n1,2\n' | gzip -n
  const std::string packed(
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b\xd4\x49\xe2\x32\xd4\x31\xe2\x02\x00\x7b\x07\x97\x0a\x08\x00\x00"
      "\x00",
      28);
  const TextTable table = read(packed);
  EXPECT_EQ(cells(table.columns[1]), (Texts{"2"}));
  EXPECT_NE(refusal(packed.substr(0, 20)).find("expected a whole gzip file"), std::string::npos);
}

TEST_F(ReadCsv, SaysWhereARowIsRagged) {
  EXPECT_EQ(refusal("a,b,c\n1,2,3\n4,5\n"),
            "row 2, column 3: expected 3 fields, one for each name of the header, got 2 (there is none for 'c')");
  EXPECT_EQ(refusal("a,b\n1,2\n1,2,3\n"), "row 2, column 3: expected 2 fields, one for each name of the header, got 3");
  EXPECT_NE(refusal("\"x\" \"y\"\n\"1\" 0.5 \"a b\"\n").find("got 3 (R's write.table leaves out"), std::string::npos);
}

TEST_F(ReadCsv, SaysWhereAQuoteNeverEnds) {
  EXPECT_TRUE(refusal("a,b\n1,2\n3,\"4\n5,6\n").starts_with("row 2, column 2 ('b'): expected a quoted field to end"));
  EXPECT_TRUE(refusal("a,b\n1,2\n\"3\"4,5\n").starts_with("row 2, column 1 ('a'): expected a quoted field to end"));
  EXPECT_TRUE(refusal("a,\"b\n1,2\n").starts_with("the header, column 2: "));
}

TEST_F(ReadCsv, RefusesAHeaderThatIsNone) {
  EXPECT_NE(refusal("1,2.5\n3,4\n").find("the header: expected the names of the columns, got numbers"),
            std::string::npos);
  EXPECT_NE(refusal("a,b,a\n1,2,3\n").find("got 'a' for columns 1 and 3"), std::string::npos);
  EXPECT_NE(refusal(",b\n1,2\n").find("got none for column 1 (pandas"), std::string::npos);
  EXPECT_EQ(refusal(""), "expected a header and rows, got an empty file");
  EXPECT_EQ(refusal("\n\n"), "expected a header and rows, got an empty file");
  EXPECT_EQ(refusal("a,b\n"), "expected rows below the header, got none");
}

TEST(ParseNumber, TakesWholeTextsOnly) {
  double value = 0;
  for (const auto& [text, wanted] : {std::pair("1", 1.0), {"-2.5e3", -2500.0}, {"+.5", 0.5}, {"1e-400", 0.0}}) {
    EXPECT_TRUE(parse_number(text, value)) << text;
    EXPECT_EQ(value, wanted) << text;
  }
  EXPECT_TRUE(parse_number("inf", value) && std::isinf(value));
  EXPECT_TRUE(parse_number("1e999", value) && std::isinf(value));
  for (const char* text : {"", "x", "1x", "1 ", "nan", "0x10", "+-1", "1,5"})
    EXPECT_FALSE(parse_number(text, value)) << text;
}

TEST_F(ReadCsv, KnowsATableByItsContent) {
  for (const std::string_view text : {"a,b\n1,2\n", "x\n1\n"}) {
    testing_support::put_file(path_, text);
    EXPECT_TRUE(is_table(path_));
  }
  for (const std::string_view text :
       {std::string_view("\x93NUMPY\x01\0", 8), std::string_view(), std::string_view("[{\"x\": 1}]")}) {
    testing_support::put_file(path_, text);
    EXPECT_FALSE(is_table(path_)) << text;
  }
  EXPECT_FALSE(is_table(path_ + "/nowhere"));
}

TEST(HasTableExtension, LooksAtTheEnd) {
  for (const char* path : {"a.csv", "b/c.TSV", "d.tab", "e.csv.gz"}) EXPECT_TRUE(has_table_extension(path)) << path;
  for (const char* path : {"csv", "a.npy", "a.gz", "a.csv/b"}) EXPECT_FALSE(has_table_extension(path)) << path;
}

}  // namespace
}  // namespace saddle
