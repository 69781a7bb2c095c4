// Tests of the writing of tables of text.
#include <gtest/gtest.h>

#include "saddle/io/csv.h"
#include "saddle/io/file.h"
#include "tests/support/files.h"

namespace saddle {
namespace {

/// What a table of these rows of cells, the first of them its names, is once written and read again.
TextTable written_and_read(const std::vector<std::vector<std::string>>& rows, char delimiter) {
  const std::string path = testing::TempDir() + "saddle_written.csv";
  TextTable table;
  table.names = rows.front();
  table.columns.resize(table.names.size());
  table.delimiter = delimiter;
  for (size_t i = 1; i < rows.size(); ++i)
    for (size_t c = 0; c < rows[i].size(); ++c) table.columns[c].push_back(rows[i][c]);
  write_csv(path, table);
  return read_csv(path);
}

TEST(WriteCsv, IsReadAsTheSameCells) {
  const std::vector<std::vector<std::string>> rows = {{"#id", "a,b;c\td|e", "say \"x\""},
                                                      {"1", "two\r\nlines", " blanks "},
                                                      {"#2", "\"", "\t"},
                                                      {"", "", ""},
                                                      {"3", "1,5", "\u00e9"}};
  for (const char delimiter : {',', ';', '\t', '|'}) {
    const TextTable table = written_and_read(rows, delimiter);
    EXPECT_EQ(table.delimiter, delimiter);
    EXPECT_EQ(table.names, rows[0]);
    ASSERT_EQ(table.rows(), 4);
    for (size_t i = 1; i < rows.size(); ++i)
      for (size_t c = 0; c < 3; ++c) EXPECT_EQ(table.columns[c][i - 1], rows[i][c]) << delimiter << i << c;
  }
}

TEST(WriteCsv, KeepsWhatStandsInTheOnlyColumn) {
  const TextTable table = written_and_read({{"x"}, {"1"}, {""}, {"a, b; c"}, {""}}, ',');
  ASSERT_EQ(table.rows(), 4);
  EXPECT_EQ(table.columns[0][2], "a, b; c");
  EXPECT_EQ(table.columns[0][3], "");
}

TEST(WriteCsv, KeepsRunsOfBlanksBetweenFields) {
  const TextTable table = written_and_read({{"a", "b c"}, {"1", "2"}, {"3", "x y"}}, ' ');
  EXPECT_EQ(table.delimiter, ' ');
  EXPECT_EQ(table.names[1], "b c");
  EXPECT_EQ(table.columns[1][1], "x y");
}

TEST(WriteCsv, QuotesNoMoreThanItMust) {
  const std::string path = testing::TempDir() + "saddle_plain.csv";
  TextTable table;
  table.names = {"a", "b"};
  table.columns.resize(2);
  table.columns[0].push_back("1.5");
  table.columns[1].push_back("x y");
  write_csv(path, table);
  EXPECT_EQ(read_file(path), "a,b\n1.5,x y\n");
}

}  // namespace
}  // namespace saddle
