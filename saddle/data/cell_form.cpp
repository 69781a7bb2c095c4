// Implements the finding and the use of a column's form.
#include "saddle/data/cell_form.h"

#include <charconv>
#include <tuple>

#include "saddle/data/time_format.h"

namespace saddle {
namespace {

constexpr size_t kLongestPlain = 40;   // characters of a number without an exponent
constexpr int64_t kMostDecimals = 17;  // that a number needs to have; more come from an exponent

/// The power of ten that a unit divides by: of hundredths and thousandths.
int64_t shift_of(std::string_view unit) { return unit.ends_with("%") ? 2 : unit.ends_with("\u2030") ? 3 : 0; }

/// How many decimals a cell's number has; an exponent moves its point.
int64_t decimals_of(std::string_view cell, char mark) {
  const size_t begin = cell.find(mark) + 1;
  const size_t end = std::min(cell.find_first_not_of("0123456789", begin), cell.size());
  size_t exponent_at = begin == 0 ? cell.find_first_of("eE") : end;
  int64_t decimals = begin == 0 ? 0 : static_cast<int64_t>(end - begin), exponent = 0;
  if (exponent_at < cell.size() - 1 && (cell[exponent_at] | 32) == 'e') {  // npos: there is none
    if (cell[++exponent_at] == '+') ++exponent_at;
    std::from_chars(cell.data() + exponent_at, cell.data() + cell.size(), exponent);
  }
  return std::clamp<int64_t>(decimals - exponent, 0, CellForm::kAllDecimals);
}

/// What stands before and behind a number's digits with this unit, which is a part of the cell.
std::pair<std::string, std::string> unit_places(std::string_view cell, std::string_view unit) {
  constexpr std::string_view kDigits = "0123456789.,";
  const auto begin = static_cast<size_t>(unit.data() - cell.data()), end = begin + unit.size();
  if (const size_t digit = cell.find_first_of(kDigits, end); digit != std::string_view::npos) {
    const size_t blanks = std::min(cell.find_first_not_of(' ', end), digit) - end;
    return {std::string(unit) + std::string(blanks, ' '), ""};
  }
  const size_t last = cell.find_last_of(kDigits, begin);
  return {"", std::string(cell.substr(last + 1, end - last - 1))};
}

/// The most frequent text; of equally frequent ones the first.
template <typename Counts>
auto commonest(const Counts& counts) {
  typename Counts::key_type best{};
  int64_t most = 0;
  for (const auto& [key, count] : counts)
    if (count > most) std::tie(best, most) = std::tie(key, count);
  return best;
}

/// The word for the other truth, in the style of the one.
std::string other_truth(const std::string& one, bool wanted) {
  if (one == "0" || one == "1") return wanted ? "1" : "0";
  if (one == "TRUE" || one == "FALSE") return wanted ? "TRUE" : "FALSE";
  if (one.starts_with('T') || one.starts_with('F')) return wanted ? "True" : "False";
  return wanted ? "true" : "false";
}

/// A number of at least 0 as text, without more digits than tell it from others, or with so many decimals.
std::string plain_text(double value, std::optional<int64_t> decimals = std::nullopt) {
  char text[512];  // the largest number has 309 digits, the smallest 340 decimals
  char* const end = text + sizeof text;
  return {text, decimals ? std::to_chars(text, end, value, std::chars_format::fixed, static_cast<int>(*decimals)).ptr
                         : std::to_chars(text, end, value, std::chars_format::fixed).ptr};
}

/// The digits of a number of at least 0: as many decimals as it needs, at least and at most those of the form.
std::string number_text(double value, const CellForm& form) {
  const auto shift = static_cast<size_t>(shift_of(form.behind));  // by which a unit moves the point
  const auto most = static_cast<size_t>(form.decimals) + shift, fewest = static_cast<size_t>(form.fewest_decimals);
  std::string whole = plain_text(value), fraction;
  const auto divide = [&] {
    const size_t point = std::min(whole.find('.'), whole.size());
    fraction = point < whole.size() ? whole.substr(point + 1) : "";
    whole.resize(point);
  };
  divide();
  if (fraction.size() > most) {
    whole = plain_text(value, most);
    divide();
  }
  if (shift == 0 && whole.size() + fraction.size() > kLongestPlain) {
    char text[64];
    std::string exponent(text, std::to_chars(text, text + sizeof text, value).ptr);
    if (form.notation == Notation::comma) std::replace(exponent.begin(), exponent.end(), '.', ',');
    return exponent;
  }
  fraction.resize(std::max(fraction.size(), shift), '0');
  whole += fraction.substr(0, shift);
  fraction.erase(0, shift);
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size() - 1));
  while (fraction.size() > fewest && fraction.back() == '0') fraction.pop_back();
  fraction.resize(std::max(fraction.size(), fewest), '0');
  return whole + (fraction.empty() ? "" : (form.notation == Notation::comma ? "," : ".") + fraction);
}

std::string write_number(double value, const CellForm& form) {
  const std::string digits = number_text(std::fabs(value), form);
  const bool zero = digits.find_first_of("123456789") == std::string::npos;
  const bool negative = std::signbit(value) && (!zero || value == 0);  // what is rounded to 0 has no sign
  return (negative ? "-" : "") + form.before + digits + form.behind;
}

}  // namespace

void CellFormFinder::add_number(std::string_view cell, Notation notation) {
  ++numbers_;
  int64_t decimals = decimals_of(cell, notation == Notation::point ? '.' : ',');
  double value = 0;
  if (CellNumber number; !parse_number(cell, value) && read_number(cell, notation, number) && !number.unit.empty()) {
    ++with_unit_;
    ++units_[unit_places(cell, number.unit)];
    decimals += shift_of(number.unit);
  }
  decimals_ = std::max(decimals_, decimals);
  fewest_decimals_ = std::min(fewest_decimals_, decimals);
}

void CellFormFinder::add(std::string_view cell, double value, Notation notation) {
  if (kind_ == ColumnKind::number)
    add_number(cell, notation);
  else if (kind_ == ColumnKind::truth)
    ++truths_[value == 1 ? 1 : 0][std::string(cell)];
  else
    ++times_[time_format(cell)];
}

CellForm CellFormFinder::form() const {
  CellForm form;
  form.missing = commonest(missing_);
  if (numbers_ > 0) {
    form.decimals = std::min(decimals_, CellForm::kAllDecimals);
    form.fewest_decimals = fewest_decimals_ <= kMostDecimals ? fewest_decimals_ : 0;
  }
  if (numbers_ > 0 && with_unit_ == numbers_) {
    std::tie(form.before, form.behind) = commonest(units_);
    form.decimals -= shift_of(form.behind);
    form.fewest_decimals = std::max<int64_t>(form.fewest_decimals - shift_of(form.behind), 0);
  }
  using Rank = std::tuple<double, bool, int64_t>;  // 9:05 shows that hours have no zero before them
  const auto rank = [](const std::string& format, int64_t count) {
    return Rank(-step_of(format), format.find("hh") == std::string::npos, count);
  };
  std::optional<Rank> best;
  for (const auto& [format, count] : times_)
    if (!best || rank(format, count) > *best) {
      best = rank(format, count);
      form.time = format;
    }
  for (const size_t i : {0, 1}) form.truths[i] = commonest(truths_[i]);
  if (truths_[0].empty()) form.truths[0] = other_truth(form.truths[1], false);
  if (truths_[1].empty()) form.truths[1] = other_truth(form.truths[0], true);
  return form;
}

std::string write_cell(double value, ColumnKind kind, const CellForm& form) {
  if (std::isnan(value)) return form.missing;
  switch (kind) {
    case ColumnKind::number:
      return write_number(value, form);
    case ColumnKind::truth:
      return form.truths[value >= 0.5 ? 1 : 0];
    default:
      return write_time(value, form.time);
  }
}

}  // namespace saddle
