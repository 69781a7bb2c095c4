// Implements the counting of what cells may be.
#include "saddle/data/column_tally.h"

#include "saddle/data/cell.h"

namespace saddle {
namespace {

constexpr double kLargestWhole = 9007199254740992;  // 2^53: beyond it whole numbers are rounded

void note(CellPlace& place, int64_t row, std::string_view text) {
  if (place.row < 0) place = {row, std::string(text)};
}

/// Counts a number that is not written as programs do.
bool tally_number(ColumnTally& tally, int64_t row, std::string_view cell) {
  CellNumber point, comma;
  const bool with_point = read_number(cell, Notation::point, point),
             with_comma = read_number(cell, Notation::comma, comma);
  if (!with_point && !with_comma) return false;
  const CellNumber& number = with_point ? point : comma;
  // "1st" and "2nd" are no numbers with units, "1 kg" and "2 kg" are: a word is a unit if it is the only one
  if (number.is_word && tally.unit.row >= 0 && tally.unit.text != number.unit) return false;
  if (with_point != with_comma)
    ++(with_point ? tally.point : tally.comma);
  else if (point.value != comma.value)
    note(tally.either, row, cell);
  else
    ++tally.whole;
  if (number.unit.empty()) {
    note(tally.no_unit, row, cell);
  } else {
    ++tally.with_unit;
    if (tally.unit.row >= 0 && tally.unit.text != number.unit) note(tally.other_unit, row, number.unit);
    note(tally.unit, row, number.unit);
  }
  tally.negative += number.is_negative ? 1 : 0;
  if (number.in_parentheses) note(tally.parentheses, row, cell);
  return true;
}

/// Whether the text, a number to a program, is three decimals behind one to three digits: then it may be thousands.
bool may_be_thousands(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return text.size() >= 5 && text.size() <= 7 && text[text.size() - 4] == '.' && text[0] != '0' &&
         text.find_first_not_of("0123456789.") == std::string_view::npos;
}

/// Whether the text is a date with its year last.
bool is_like_date(std::string_view text) {
  int parts = 0, digits = 0;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      if (++digits > 4) return false;
    } else if ((c == '.' || c == '/' || c == '-') && digits >= 1 && digits <= 2 && parts < 2) {
      ++parts;
      digits = 0;
    } else {
      return parts == 2 && c == ' ' && (digits == 2 || digits == 4);  // a time follows
    }
  }
  return parts == 2 && (digits == 2 || digits == 4);
}

/// Whether the text is mostly digits, as a number in a notation that is not known, and no range (20-29).
bool is_like_number(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto digits = std::count_if(text.begin(), text.end(), digit);
  const size_t minus = text.find('-', 1);
  const bool range = minus != std::string_view::npos && digit(text[minus - 1]);
  return 2 * static_cast<size_t>(digits) > text.size() && std::isalpha(static_cast<unsigned char>(text[0])) == 0 &&
         !range;
}

void tally_plain(ColumnTally& tally, int64_t row, std::string_view text, double value) {
  ++tally.may_be[0];
  if (value == 0 || value == 1) ++tally.may_be[3];
  if (text.starts_with('-')) ++tally.negative;
  if (tally.no_unit.row < 0) note(tally.no_unit, row, text);
  if (text.find('.') == std::string_view::npos) {
    ++tally.whole;
    if (std::fabs(value) > kLargestWhole && text.find_first_of("eE") == std::string_view::npos)
      note(tally.too_long, row, text);
  } else if (!may_be_thousands(text)) {
    ++tally.point;
  } else {
    note(tally.either, row, text);
  }
}

void tally_cell(ColumnTally& tally, int64_t row, std::string_view text) {
  double value = 0;
  CellTime time;
  const bool plain = parse_number(text, value);
  const bool digits = plain || text.find_first_of("0123456789") != std::string_view::npos;
  if (plain) {
    tally_plain(tally, row, text, value);
  } else if (digits && tally_number(tally, row, text)) {
    ++tally.may_be[0];
  } else if (digits && read_time(text, time)) {
    ++tally.may_be[time.is_date ? 1 : 2];
    tally.with_zone += time.has_zone ? 1 : 0;
    if (!time.has_zone) note(tally.no_zone, row, text);
  } else if (digits && is_like_date(text)) {
    ++tally.like_dates;
  } else if (digits && is_like_number(text)) {
    ++tally.like_numbers;
    note(tally.like_number, row, text);
  } else if (is_missing(text)) {
    ++tally.missing;
    return;
  } else if (read_truth(text, value)) {
    ++tally.may_be[3];
    ++tally.words;
  }
  ++tally.values;
}

}  // namespace

ColumnTally tally_column(const TextColumn& column) {
  ColumnTally tally;
  for (size_t i = 0; i < column.size(); ++i) tally_cell(tally, static_cast<int64_t>(i), column[i]);
  return tally;
}

ShownNotation shown_notation(const std::vector<ColumnTally>& columns) {
  int64_t point = 0, comma = 0;  // columns, so that a long one does not outvote the others
  for (const auto& tally : columns) {
    if (2 * tally.may_be[0] < tally.values) continue;
    point += tally.point > tally.comma ? 1 : 0;
    comma += tally.comma > tally.point ? 1 : 0;
  }
  return point == comma ? ShownNotation::none : point > comma ? ShownNotation::point : ShownNotation::comma;
}

}  // namespace saddle
