// Implements the formats of dates and times.
#include "saddle/data/time_format.h"

#include <chrono>

#include "saddle/data/cell.h"

namespace saddle {
namespace {

constexpr double kDaySeconds = 86400, kHourSeconds = 3600, kMinuteSeconds = 60;
constexpr double kFirstDay = -719528, kLastDay = 2932896;  // of the years 0 and 9999, counted from 1970
constexpr double kMostHours = 999;
constexpr int64_t kMostFraction = 15;  // digits
constexpr size_t kLongestFormat = 64;

/// Replaces digits by letters, one after the other; of more digits than letters the last letter stands for the rest.
std::string lettered(std::string_view text, std::string_view letters) {
  std::string format;
  size_t next = 0;
  for (const char c : text) format += c >= '0' && c <= '9' ? letters[std::min(next++, letters.size() - 1)] : c;
  return format;
}

/// Where a format's zone begins; its end where it has none.
size_t zone_begin(std::string_view format) {
  const size_t clock = format.find('h');
  return clock == std::string_view::npos ? format.size()
                                         : std::min(format.find_first_not_of("hmsf:.,", clock), format.size());
}

int64_t letters_in(const std::string& format, char letter) {
  return std::count(format.begin(), format.begin() + static_cast<std::ptrdiff_t>(zone_begin(format)), letter);
}

/// By how many seconds a zone is before UTC.
double zone_offset(std::string_view zone) {
  CellTime time;
  return read_time("1970-01-01 00:00" + std::string(zone), time) ? -time.seconds : 0;
}

/// A number with zeros before it.
std::string padded(int64_t number, size_t digits) {
  std::string text = std::to_string(number);
  if (text.size() < digits) text.insert(0, digits - text.size(), '0');
  return text;
}

}  // namespace

std::string time_format(std::string_view cell) {
  cell.remove_prefix(std::min(cell.find_first_not_of(' '), cell.size()));
  CellTime time;
  std::string format;
  if (read_time(cell, time) && time.is_date) {
    const std::string_view date = cell.substr(0, cell.find_first_of("Tt "));
    const bool by_month = date.find('W') == std::string_view::npos && !(date.size() == 8 && date[4] == '-');
    format = by_month ? lettered(date, "YYYYMMDD") : "YYYY-MM-DD";
    cell.remove_prefix(date.size());
    const size_t clock = cell.find_first_of("0123456789");
    if (clock == std::string_view::npos) return format;
    format += cell.find_first_of("Tt") < clock ? 'T' : ' ';
    cell.remove_prefix(clock);
  }
  const std::string_view clock = cell.substr(0, cell.find_first_not_of("0123456789:.,"));
  const size_t seconds = clock.find_first_of(".,"), hours = clock.find(':');
  const std::string_view whole = clock.substr(0, seconds);
  if (hours == std::string_view::npos)
    format += lettered(whole, "hhmmss");
  else
    format += (hours == 1 ? "h" : "hh") + lettered(whole.substr(hours), "mmss");
  if (seconds != std::string_view::npos)
    format += clock[seconds] + std::string(std::min<size_t>(clock.size() - seconds - 1, kMostFraction), 'f');
  return format + std::string(cell.substr(clock.size()));
}

bool is_time_format(const std::string& format) {
  if (format.size() > kLongestFormat || letters_in(format, 'f') > kMostFraction) return false;
  const std::string cell = write_time(0, format);
  CellTime time;
  return read_time(cell, time) && time_format(cell) == format;
}

double step_of(const std::string& format) {
  if (const int64_t digits = letters_in(format, 'f'); digits > 0) return std::pow(10.0, -static_cast<double>(digits));
  if (letters_in(format, 's') > 0) return 1;
  if (letters_in(format, 'h') > 0) return kMinuteSeconds;
  return letters_in(format, 'D') > 0 ? kDaySeconds : 30 * kDaySeconds;
}

std::string write_time(double seconds, const std::string& format) {
  const bool dated = letters_in(format, 'Y') > 0;
  const double step = step_of(format), low = dated ? kFirstDay * kDaySeconds : 0,
               high = dated ? (kLastDay + 1) * kDaySeconds : (kMostHours + 1) * kHourSeconds;
  seconds = std::clamp(seconds + zone_offset(std::string_view(format).substr(zone_begin(format))), low, high);
  if (step > kDaySeconds) seconds += step / 2;  // to the nearest first of a month
  const double unit = std::clamp(step, 1.0, kDaySeconds);
  double whole = std::floor(seconds / unit + (step < 1 ? 0 : 0.5)) * unit;
  int64_t fraction = step < 1 ? std::llround((seconds - whole) / step) : 0;
  if (static_cast<double>(fraction) * step >= 1) ++whole, fraction = 0;
  if (whole >= high) whole = high - unit;
  const double days = dated ? std::floor(whole / kDaySeconds) : 0;
  const std::chrono::year_month_day date = std::chrono::sys_days(std::chrono::days(static_cast<int64_t>(days)));
  const auto second = static_cast<int64_t>(whole - days * kDaySeconds);
  const auto number = [&](char letter) -> int64_t {
    switch (letter) {
      case 'Y':
        return static_cast<int>(date.year());
      case 'M':
        return static_cast<unsigned>(date.month());
      case 'D':
        return static_cast<unsigned>(date.day());
      case 'h':
        return second / 3600;
      case 'm':
        return second / 60 % 60;
      case 's':
        return second % 60;
      default:
        return fraction;
    }
  };
  std::string text;
  const size_t end = zone_begin(format);
  for (size_t i = 0; i < end;) {
    const size_t run = std::min(format.find_first_not_of(format[i], i), end) - i;
    const bool is_letter = std::string_view("YMDhmsf").find(format[i]) != std::string_view::npos;
    text += is_letter ? padded(number(format[i]), run) : std::string(run, format[i]);
    i += run;
  }
  return text + format.substr(end);
}

}  // namespace saddle
