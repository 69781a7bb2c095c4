// Tests of the formats of dates and times.
#include "saddle/data/time_format.h"

#include <gtest/gtest.h>

#include "saddle/data/cell.h"

namespace saddle {
namespace {

double seconds_of(const std::string& cell) {
  CellTime time;
  EXPECT_TRUE(read_time(cell, time)) << cell;
  return time.seconds;
}

TEST(TimeFormat, WritesACellAgainAsItWas) {
  for (const std::string cell : {"2024-05-01",
                                 "2024/12/31",
                                 "2024-05",
                                 "1969-02",
                                 "20240501T1230",
                                 "2024-02-29 12:30:05",
                                 "2024-05-01T00:00Z",
                                 "2024-05-01 23:59:59.123456",
                                 "2024-05-01T12:30:00.5+02:00",
                                 "2024-05-01T12:30:00,25-0530",
                                 "0001-01-01",
                                 "9999-12-31 23:59",
                                 "2024-05-01 12:30 UTC",
                                 "2024-05-01 9:05",
                                 "12:30",
                                 "9:05:07",
                                 "100:15:00",
                                 "00:30+02:00",
                                 "23:59:59.999",
                                 "20240501T123000.125Z",
                                 "1950-01-01 06:00:00 GMT"}) {
    const std::string format = time_format(cell);
    EXPECT_EQ(write_time(seconds_of(cell), format), cell) << format;
    EXPECT_TRUE(is_time_format(format)) << format;
  }
}

TEST(TimeFormat, NamesTheParts) {
  EXPECT_EQ(time_format("2024-05-01T12:30:00.5+02:00"), "YYYY-MM-DDThh:mm:ss.f+02:00");
  EXPECT_EQ(time_format("2024-05"), "YYYY-MM");
  EXPECT_EQ(time_format("9:05"), "h:mm");
  EXPECT_EQ(time_format("100:05"), "hh:mm");
  for (const char* cell : {"2024-W18-3", "2024-W18", "2024-122"}) EXPECT_EQ(time_format(cell), "YYYY-MM-DD") << cell;
  EXPECT_EQ(write_time(seconds_of("2024-W18-3"), "YYYY-MM-DD"), "2024-05-01");
}

TEST(TimeFormat, RoundsToItsStep) {
  EXPECT_EQ(write_time(seconds_of("2024-05-01 13:00"), "YYYY-MM-DD"), "2024-05-02");
  EXPECT_EQ(write_time(seconds_of("2024-05-28"), "YYYY-MM"), "2024-06");
  EXPECT_EQ(write_time(59.9999, "hh:mm:ss.ff"), "00:01:00.00");
  EXPECT_EQ(write_time(89, "hh:mm"), "00:01");
  EXPECT_EQ(step_of("YYYY-MM-DD"), 86400);
  EXPECT_EQ(step_of("hh:mm:ss.ff"), 0.01);
}

TEST(TimeFormat, KeepsToWhatItCanTell) {
  for (const double far : {-1e300, -1e12, 1e12, 1e300, HUGE_VAL, -HUGE_VAL})
    for (const std::string format : {"YYYY-MM-DD", "YYYY-MM", "YYYY-MM-DD hh:mm:ss.fff+14:00", "hh:mm", "h:mm:ss.f"}) {
      CellTime time;
      EXPECT_TRUE(read_time(write_time(far, format), time)) << write_time(far, format);
      EXPECT_EQ(time_format(write_time(far, format)), far < 0 || format != "h:mm:ss.f" ? format : "hh:mm:ss.f");
    }
  EXPECT_EQ(write_time(-5, "hh:mm"), "00:00");
}

TEST(TimeFormat, RefusesWhatIsNone) {
  for (const char* text : {"", "YYYY", "DD.MM.YYYY", "hh", "YYYY-MM-DDThh:mm:ss+99:00", "mm:hh"})
    EXPECT_FALSE(is_time_format(text)) << text;
}

}  // namespace
}  // namespace saddle
