// What the cells of one column of one table may be, counted.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "saddle/io/csv.h"

namespace saddle {

/// A cell, for a message.
struct CellPlace {
  int64_t row = -1;  // -1: none
  std::string text{};
};

/// What the cells of one column of one table may be.
struct ColumnTally {
  int64_t missing = 0, values = 0;      // together all rows
  std::array<int64_t, 4> may_be{};      // values that can be read as number, date, clock, truth
  int64_t words = 0;                    // true or false, rather than 1 or 0
  int64_t point = 0, comma = 0;         // numbers of this notation alone
  int64_t whole = 0;                    // digits alone, the same in both
  CellPlace either = {};                // the first number that is another one in the other notation
  int64_t with_unit = 0, negative = 0;  // of the numbers: with a unit, with a minus sign
  int64_t with_zone = 0;                // of the dates
  int64_t like_dates = 0;               // 1.5.2024, 05/01/24: dates in an order of days and months that is not told
  int64_t like_numbers = 0;             // digits for the most part, but read as nothing
  CellPlace like_number = {};           // the first of them
  CellPlace too_long = {};              // the first whole number of more digits than float64 holds
  CellPlace unit = {}, no_unit = {}, other_unit = {}, parentheses = {}, no_zone = {};
};

/// Looks at every cell of a column. Cost: O(bytes).
ColumnTally tally_column(const TextColumn& column);

/// The notation that the columns of one table show; none where they show none, or both equally often.
enum class ShownNotation { none, point, comma };
ShownNotation shown_notation(const std::vector<ColumnTally>& columns);

}  // namespace saddle
