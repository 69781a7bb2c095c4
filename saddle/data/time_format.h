// How dates and times of day are written.
#pragma once
#include <string>
#include <string_view>

namespace saddle {

/// The format of a cell that `read_time` reads, a letter a digit: "YYYY-MM-DD", "YYYYMMDDThhmm", "h:mm", "YYYY/MM/DD
/// hh:mm:ss.fff+02:00"; the zone stands as it is.
///
/// Dates by the week or by the day of the year have the format YYYY-MM-DD.
std::string time_format(std::string_view cell);

/// Whether `write_time` can write by the format.
bool is_time_format(const std::string& format);

/// The smallest step that a format tells, in seconds; a month counts as 30 days.
double step_of(const std::string& format);

/// Writes a time, in seconds as `read_time` has them, to the nearest step of a format.
///
/// What the format cannot tell becomes the nearest that it can: a date of the years 0 to 9999, a time of day from 0 to
/// below 1000 hours.
std::string write_time(double seconds, const std::string& format);

}  // namespace saddle
