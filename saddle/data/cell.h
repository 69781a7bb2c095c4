// The cells of tables: which are missing, and what numbers, times and truths they are.
#pragma once
#include <string_view>

namespace saddle {

/// Which character stands before the decimals; the other one then parts thousands.
enum class Notation { point, comma };

/// A cell read as a number.
struct CellNumber {
  double value = 0;
  std::string_view unit = {};   // "$", "EUR", "%", "kg" ...; a view of the cell
  bool is_word = false;         // whether the unit is a word behind the number, which may be no unit: 1st, 5XL
  bool is_negative = false;     // by a sign
  bool in_parentheses = false;  // and therefore negative, as accounts are written
};

/// Whether the cell says that there is no value: empty, NA, N/A, NaN, NaT, NULL, None and their kin in any case, or -,
/// --, ? and the like.
bool is_missing(std::string_view cell);

/// Reads a number as people write it.
///
/// Beyond what `parse_number` takes: decimals after point or comma as `notation` says; thousands parted by the other of
/// them, by a blank of any kind or by an apostrophe; the minus signs of Unicode; a currency's sign or code before or
/// behind; % and per mille, as hundredths and thousandths; parentheses for a negative number; blanks around. Returns
/// false where the cell is no such number.
bool read_number(std::string_view cell, Notation notation, CellNumber& number);

/// A cell read as a time.
struct CellTime {
  double seconds = 0;    // since 1970-01-01T00:00 (UTC, where there is no zone too), or since midnight
  bool is_date = false;  // whether it has a date; else it is a time of the day
  bool has_zone = false;
};

/// Reads a date, a time or both as ISO 8601 has them: 2024-05-01, 2024-05, 2024-W18-3, 2024-122, 20240501T1230,
/// 2024-05-01 12:30:00.5+02:00, 12:30, 100:15:00; slashes may part the date. False where the cell is none.
bool read_time(std::string_view cell, CellTime& time);

/// Reads true and false in any case as 1 and 0.
bool read_truth(std::string_view cell, double& value);

}  // namespace saddle
