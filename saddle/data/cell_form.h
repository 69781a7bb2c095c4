// How the cells of a column are written: found from cells, and used to write others.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "saddle/data/column.h"

namespace saddle {

/// How the cells of a column are written, beside their values.
struct CellForm {
  std::string missing = {};              // a missing value
  Notation notation = Notation::point;   // of numbers
  std::string before = {}, behind = {};  // of numbers, where all have it: a sign or unit with its blanks, "$", " kg"
  int64_t decimals = kAllDecimals;       // of numbers: digits behind the point, at most
  int64_t fewest_decimals = 0;           // and at least
  std::string time = {};                 // of dates and times of day: their format (data/time_format.h)
  std::array<std::string, 2> truths = {"false", "true"};

  static constexpr int64_t kAllDecimals = 1'000;  // more than any number has
};

/// Finds how the cells of a column are written, whatever tables they are of.
///
/// Of numbers it is what shows all digits; of times the finest format, which may add zeros; of equally good ones, and
/// of words, the most frequent.
class CellFormFinder {
 public:
  /// Of a column of this kind.
  explicit CellFormFinder(ColumnKind kind) : kind_(kind) {}

  /// Takes a cell with a value, as `CellReader` reads it in that notation.
  void add(std::string_view cell, double value, Notation notation);

  /// Takes a cell without one.
  void add_missing(std::string_view cell) { ++missing_[std::string(cell)]; }

  /// What was found in the cells taken; of no cells what a plain table has.
  CellForm form() const;

 private:
  using Counts = std::map<std::string, int64_t, std::less<>>;

  void add_number(std::string_view cell, Notation notation);

  ColumnKind kind_;
  int64_t numbers_ = 0, with_unit_ = 0;
  int64_t decimals_ = 0, fewest_decimals_ = CellForm::kAllDecimals;  // % as hundredths
  std::map<std::pair<std::string, std::string>, int64_t> units_;     // what stands before and behind
  Counts missing_, times_;
  std::array<Counts, 2> truths_;
};

/// Writes a value that is no category; NaN as a missing one, the nearest that the form can tell for others.
std::string write_cell(double value, ColumnKind kind, const CellForm& form);

}  // namespace saddle
