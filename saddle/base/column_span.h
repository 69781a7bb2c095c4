// Where the columns of a table stand in an encoded row.
#pragma once
#include <cstdint>

namespace saddle {

/// One column of a table in an encoded row: one 0 or 1 for each of its levels, and perhaps a number behind them, which
/// is 0 unless the last level is the row's.
struct ColumnSpan {
  int64_t begin = 0, levels = 0;  // levels 0: the column is not there
  bool number = false;

  int64_t width() const { return levels + (number ? 1 : 0); }  // numbers in an encoded row
};

}  // namespace saddle
