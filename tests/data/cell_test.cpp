// Tests of the reading of cells.
#include "saddle/data/cell.h"

#include <gtest/gtest.h>

#include "saddle/base/rng.h"

namespace saddle {
namespace {

/// The number that the text is read as; NaN where it is none.
double number(std::string_view text, Notation notation = Notation::point) {
  CellNumber cell;
  return read_number(text, notation, cell) ? cell.value : std::nan("");
}

double seconds(std::string_view text) {
  CellTime time;
  return read_time(text, time) ? time.seconds : std::nan("");
}

/// "1234567.25" in groups of three before the decimals.
std::string grouped(const std::string& plain, const std::string& separator, char decimal) {
  const size_t sign = plain[0] == '-' ? 1 : 0, point = std::min(plain.find('.'), plain.size());
  std::string text = plain.substr(0, sign);
  for (size_t i = sign; i < point; ++i) {
    if (i > sign && (point - i) % 3 == 0) text += separator;
    text += plain[i];
  }
  if (point < plain.size()) text += decimal + plain.substr(point + 1);
  return text;
}

TEST(IsMissing, KnowsTheUsualWordsInAnyCase) {
  for (const char* word : {"",     "NA",   "na",   "N/A",  "n/a",  "#N/A", "NaN",    "nan",    "-nan",    "NaT",
                           "NULL", "null", "None", "none", "NONE", "<NA>", "(null)", "\\N",    "1.#QNAN", "-",
                           "--",   "---",  "?",    ".",    " ",    " NA ", "\u2014", "\u00a0", "n.a."})
    EXPECT_TRUE(is_missing(word)) << word;
  for (const char* word : {"0", "x", "nano", "no", "unknown", "-1", "+", "/", "N", "nanan", "a long text that is none"})
    EXPECT_FALSE(is_missing(word)) << word;
}

TEST(ReadNumber, ReadsEveryNotationOfANumberAsTheSame) {
  Rng rng = make_rng(1, "cells");
  const std::string blanks[] = {" ", "\u00a0", "\u202f", "\u2009", "'", "\u2019"};
  const std::string minus[] = {"-", "\u2212", "\u2013", "\uff0d"};
  for (int i = 0; i < 2000; ++i) {
    const double size = std::pow(10, at::rand({}, rng, at::kDouble).item<double>() * 9);
    char plain[40];
    std::snprintf(plain, sizeof plain, "%.*f", i % 5, (i % 2 == 0 ? -1 : 1) * size);
    const std::string text = plain;
    const double wanted = std::strtod(plain, nullptr);
    const std::string blank = blanks[static_cast<size_t>(i) % std::size(blanks)];
    ASSERT_EQ(number(text), wanted) << text;
    for (const auto& [written, notation] :
         {std::pair(grouped(text, ",", '.'), Notation::point), std::pair(grouped(text, ".", ','), Notation::comma),
          std::pair(grouped(text, "", ','), Notation::comma), std::pair(grouped(text, blank, '.'), Notation::point),
          std::pair(grouped(text, blank, ','), Notation::comma)}) {
      ASSERT_EQ(number(written, notation), wanted) << written;
      const std::string body = written.substr(wanted < 0 ? 1 : 0), sign = wanted < 0 ? minus[i % 4] : "";
      for (const std::string& dressed : {sign + "$" + body, sign + body + " \u20ac", "CHF\u00a0" + sign + body,
                                         sign + " " + body, "\u00a0" + sign + body + " ", sign + body + "USD"})
        ASSERT_EQ(number(dressed, notation), wanted) << dressed;
      if (wanted < 0) {
        ASSERT_EQ(number("(" + body + ")", notation), wanted);
        ASSERT_EQ(number("($" + body + ")", notation), wanted);
        ASSERT_EQ(number("$(" + body + ")", notation), wanted);
      }
    }
  }
}

TEST(ReadNumber, TakesPercentAsHundredths) {
  EXPECT_EQ(number("5%"), 0.05);
  EXPECT_EQ(number("5.1 %"), 0.051);
  EXPECT_EQ(number("-12,5\u00a0%", Notation::comma), -0.125);
  EXPECT_EQ(number("3\u2030"), 0.003);
}

TEST(ReadNumber, OverlooksApostrophesAroundIt) {
  EXPECT_EQ(number("'1.5'"), 1.5);
  EXPECT_EQ(number("'-17"), -17);
}

TEST(ReadNumber, TakesGroupsOfTwoAsInIndia) { EXPECT_EQ(number("\u20b912,34,567.5"), 1234567.5); }

TEST(ReadNumber, RefusesWhatIsNone) {
  for (const char* text :
       {"",           "x",     "1,23",  "1,2345", "12,34", "1234,567", "0,123", "1,,234",   "1,234 567", "1 2", "1 23",
        "2024-05-01", "12:30", "(1",    "1)",     "(-1)",  "--1",      "+-1",   "-",        "$",         "%",   "5%%",
        "$5\u20ac",   "1.2.3", "1.2,3", "e5",     "0x10",  "A1",       "1/2",   "555-1234", "10.0.0.1"})
    EXPECT_TRUE(std::isnan(number(text))) << text;
  for (const char* text : {"1.5", "1,234,5", "1.23", "1,2,3", "0.123"})
    EXPECT_TRUE(std::isnan(number(text, Notation::comma))) << text;
}

TEST(ReadTime, ReadsTheFormsOfIso8601) {
  constexpr double kDay = 86400, kMay = 19844 * kDay;  // 2024-05-01
  for (const char* text : {"2024-05-01", "2024/05/01", "2024-05", "2024-W18-3", "2024-122", "20240501T000000Z"})
    EXPECT_EQ(seconds(text), kMay) << text;
  for (const char* text : {"2024-05-01T12:30", "2024-05-01 12:30:00", "2024-05-01T12:30:00Z", "2024-05-01 12:30:00.000",
                           "2024-05-01T14:30:00+02:00", "2024-05-01 07:00:00-0530", "2024-05-01T13:30+01",
                           "20240501T1230", "2024-05-01 12:30:00 UTC", "2024-05-01 12:30:00,0"})
    EXPECT_EQ(seconds(text), kMay + 45'000) << text;
  EXPECT_DOUBLE_EQ(seconds("2024-05-01T12:30:00.125"), kMay + 45'000.125);
  EXPECT_EQ(seconds("1969-12-31"), -kDay);
  EXPECT_EQ(seconds("12:30"), 45'000);
  EXPECT_EQ(seconds("100:15:00"), 360'900);
  EXPECT_EQ(seconds("9:05:07.5"), 9 * 3600 + 5 * 60 + 7.5);
}

TEST(ReadTime, CountsEveryDayOfACentury) {
  int64_t days = 10957;  // 2000-01-01
  const int months[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  for (int year = 2000; year < 2100; ++year)
    for (int month = 0; month < 12; ++month)
      for (int day = 1; day <= months[month] + (month == 1 && year % 4 == 0 ? 1 : 0); ++day, ++days) {
        char text[40];
        std::snprintf(text, sizeof text, "%d-%02d-%02d", year, month + 1, day);
        ASSERT_EQ(seconds(text), static_cast<double>(days * 86400)) << text;
      }
}

TEST(ReadTime, RefusesWhatIsNone) {
  for (const char* text : {"", "2024", "20240501", "2024-13-01", "2023-02-29", "2024-5-1", "2024-05-01T",
                           "2024-05-01T25:00", "2024-05-01x", "2024-05-01 12:60", "24-05-01", "1-2-2024", "12", "12:3",
                           "2024-05/01", "x", "2024-05-01T12:30+2", "2024-W54-1", "2024-W18-8"})
    EXPECT_TRUE(std::isnan(seconds(text))) << text;
}

TEST(ReadTruth, ReadsTrueAndFalseInAnyCase) {
  double value = -1;
  for (const char* text : {"true", "True", "TRUE", " true"}) EXPECT_TRUE(read_truth(text, value) && value == 1) << text;
  for (const char* text : {"false", "False", "FALSE"}) EXPECT_TRUE(read_truth(text, value) && value == 0) << text;
  for (const char* text : {"t", "yes", "1", "truth", ""}) EXPECT_FALSE(read_truth(text, value)) << text;
}

}  // namespace
}  // namespace saddle
