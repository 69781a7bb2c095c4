// Implements the reading of cells as times (ISO 8601).
#include <chrono>

#include "saddle/data/cell.h"

namespace saddle {
namespace {

namespace chrono = std::chrono;

constexpr double kDay = 86400, kHour = 3600, kMinute = 60;

/// Takes what has been read off the front of a text; each function says whether it was there.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool done() const { return text_.empty(); }
  size_t digits() const { return std::min(text_.find_first_not_of("0123456789"), text_.size()); }

  bool skip(char c) {
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }

  /// Exactly so many digits.
  bool number(size_t count, int& value) {
    if (text_.size() < count || text_.substr(0, count).find_first_not_of("0123456789") != std::string_view::npos)
      return false;
    value = 0;
    for (const char c : text_.substr(0, count)) value = 10 * value + (c - '0');
    text_.remove_prefix(count);
    return true;
  }

  /// Digits behind a point or comma, as a fraction; 0 where there are none.
  bool fraction(double& value) {
    value = 0;
    if (!skip('.') && !skip(',')) return true;
    double unit = 1;
    const size_t count = digits();
    for (const char c : text_.substr(0, count)) value += (unit /= 10) * (c - '0');
    text_.remove_prefix(count);
    return count > 0;
  }

 private:
  std::string_view text_;
};

/// A date of the calendar, of the weeks or of the days of a year, in days since 1970.
bool read_date(Scanner& scan, double& days) {
  int year = 0, month = 1, day = 1;
  if (scan.digits() == 8) {  // 20240501
    if (!scan.number(4, year) || !scan.number(2, month) || !scan.number(2, day)) return false;
  } else {
    if (scan.digits() != 4 || !scan.number(4, year)) return false;
    const char part = scan.skip('-') ? '-' : scan.skip('/') ? '/' : '\0';
    if (part == '\0') return false;
    if (part == '-' && scan.skip('W')) {
      int week = 0, weekday = 1;
      if (!scan.number(2, week) || week < 1 || week > 53 || (scan.skip('-') && !scan.number(1, weekday))) return false;
      const chrono::sys_days fourth = chrono::year(year) / chrono::January / 4;  // it lies in the first week
      const auto monday = fourth - (chrono::weekday(fourth) - chrono::Monday);
      days = static_cast<double>((monday.time_since_epoch() + chrono::days(7 * (week - 1) + weekday - 1)).count());
      return weekday >= 1 && weekday <= 7;
    }
    if (part == '-' && scan.digits() == 3) {
      if (!scan.number(3, day) || day < 1 || day > 366) return false;
      const chrono::sys_days first = chrono::year(year) / chrono::January / 1;
      days = static_cast<double>(first.time_since_epoch().count() + day - 1);
      return true;
    }
    if (scan.digits() != 2 || !scan.number(2, month)) return false;
    if (scan.skip(part) && (scan.digits() != 2 || !scan.number(2, day))) return false;
  }
  const chrono::year_month_day date = chrono::year(year) / month / day;
  if (!date.ok()) return false;
  days = static_cast<double>(chrono::sys_days(date).time_since_epoch().count());
  return true;
}

/// A time of the day, or without a date a duration, in seconds.
bool read_clock(Scanner& scan, bool behind_date, double& seconds) {
  int hour = 0, minute = 0, second = 0;
  double fraction = 0;
  const size_t digits = scan.digits();
  if (behind_date && (digits == 4 || digits == 6)) {  // 1230, 123000
    scan.number(2, hour);
    scan.number(2, minute);
    if (digits == 6) scan.number(2, second);
    if (!scan.fraction(fraction)) return false;
  } else {
    if (digits < 1 || digits > (behind_date ? 2 : 3) || !scan.number(digits, hour) || !scan.skip(':') ||
        !scan.number(2, minute))
      return false;
    if (scan.skip(':') && (!scan.number(2, second) || !scan.fraction(fraction))) return false;
  }
  seconds = hour * kHour + minute * kMinute + second + fraction;
  return (hour <= 24 || !behind_date) && minute < 60 && second <= 60 &&
         (!behind_date || seconds <= kDay + 1);  // 24:00:00, and leap seconds
}

/// The zone behind a time, in seconds that are to be taken off; true too where there is none.
bool read_zone(Scanner& scan, bool& has_zone, double& offset) {
  while (scan.skip(' ')) {
  }
  if (scan.done()) return true;
  has_zone = true;
  if (scan.skip('Z') || scan.skip('z')) return true;
  if (scan.skip('U')) return scan.skip('T') && scan.skip('C');
  if (scan.skip('G')) return scan.skip('M') && scan.skip('T');
  const double sign = scan.skip('+') ? 1 : scan.skip('-') ? -1 : 0;
  int hours = 0, minutes = 0;
  if (sign == 0 || !scan.number(2, hours)) return false;
  const bool parted = scan.skip(':');
  if ((parted || !scan.done()) && !scan.number(2, minutes)) return false;
  offset = sign * (hours * kHour + minutes * kMinute);
  return hours <= 14 && minutes < 60;
}

}  // namespace

bool read_time(std::string_view cell, CellTime& time) {
  time = {};
  Scanner scan(cell);
  while (scan.skip(' ')) {
  }
  double days = 0, seconds = 0, offset = 0;
  const size_t digits = scan.digits();
  time.is_date = digits == 4 || (digits == 8 && cell.find_first_of("Tt") != std::string_view::npos);
  if (time.is_date) {
    if (!read_date(scan, days)) return false;
    while (scan.skip(' ')) {
    }
    const bool marked = scan.skip('T') || scan.skip('t');
    if (scan.done()) {
      time.seconds = days * kDay;
      return !marked;
    }
  }
  if (!read_clock(scan, time.is_date, seconds) || !read_zone(scan, time.has_zone, offset) || !scan.done()) return false;
  time.seconds = days * kDay + seconds - offset;
  return true;
}

}  // namespace saddle
