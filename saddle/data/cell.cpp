// Implements the reading of single cells as missing, numbers and truths.
#include "saddle/data/cell.h"

#include <array>
#include <charconv>

#include "saddle/io/csv.h"

namespace saddle {
namespace {

using Texts = std::string_view;

// In small letters. What pandas, R, SQL and spreadsheets write for no value, and what people type.
constexpr Texts kMissing[] = {"",        "na",       "n/a",    "n.a.",    "#n/a",   "#n/a n/a", "#na",    "<na>",
                              "nan",     "-nan",     "+nan",   "nat",     "null",   "(null)",   "none",   "nil",
                              "\\n",     "?",        "-",      "--",      "---",    ".",        "..",     "...",
                              "1.#qnan", "-1.#qnan", "1.#ind", "-1.#ind", "\u2013", "\u2014",   "\u2212", "\u2026"};
constexpr size_t kLongestMissing = 8;

constexpr Texts kBlanks[] = {" ",      "\t",     "\u00a0", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005",
                             "\u2006", "\u2007", "\u2008", "\u2009", "\u200a", "\u202f", "\u205f", "\u3000", "\ufeff"};
constexpr Texts kMinus[] = {"-", "\u2212", "\u2010", "\u2011", "\u2012", "\u2013", "\ufe63", "\uff0d"};
constexpr Texts kApostrophes[] = {"'", "\u2019", "\u02bc"};
constexpr Texts kCurrencies[] = {
    "US$",    "A$",     "C$",     "R$",     "$",      "\u00a2", "\u00a3", "\u00a4", "\u00a5", "\u20a9", "\u20aa",
    "\u20ab", "\u20ac", "\u20b1", "\u20b4", "\u20b5", "\u20b8", "\u20b9", "\u20ba", "\u20bd", "\u20be", "\u20bf",
    "\u0e3f", "USD",    "EUR",    "GBP",    "CHF",    "JPY",    "CNY",    "INR",    "AUD",    "CAD",    "NZD",
    "SEK",    "NOK",    "DKK",    "PLN",    "CZK",    "HUF",    "RUB",    "TRY",    "BRL",    "MXN",    "ZAR",
    "KRW",    "SGD",    "HKD",    "ILS",    "RON",    "THB",    "kr"};
constexpr Texts kPercent = "%", kPerMille = "\u2030";

/// Takes one of the texts off the front; returns whether there was one.
template <size_t N>
bool take_front(Texts& cell, const Texts (&texts)[N], Texts* taken = nullptr) {
  for (const Texts text : texts)
    if (cell.starts_with(text)) {
      if (taken != nullptr) *taken = cell.substr(0, text.size());
      cell.remove_prefix(text.size());
      return true;
    }
  return false;
}

template <size_t N>
bool take_back(Texts& cell, const Texts (&texts)[N], Texts* taken = nullptr) {
  for (const Texts text : texts)
    if (cell.ends_with(text)) {
      if (taken != nullptr) *taken = cell.substr(cell.size() - text.size());
      cell.remove_suffix(text.size());
      return true;
    }
  return false;
}

void trim(Texts& cell) {
  const auto may_be_blank = [](char c) { return c == ' ' || c == '\t' || static_cast<unsigned char>(c) >= 0x80; };
  while (!cell.empty() && may_be_blank(cell.front()) && take_front(cell, kBlanks)) {
  }
  while (!cell.empty() && may_be_blank(cell.back()) && take_back(cell, kBlanks)) {
  }
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

size_t count_digits(Texts text) {
  size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  return count;
}

/// Copies the digits before the decimals, without what parts thousands: groups of three digits, or of two before the
/// last as in India, all parted alike. Takes them off the text.
bool copy_whole(Texts& text, char separator, std::string& digits) {
  size_t count = count_digits(text);
  digits.append(text.substr(0, count));
  const bool may_be_parted = count >= 1 && count <= 3 && text[0] != '0';
  text.remove_prefix(count);
  Texts first;
  while (may_be_parted && !text.empty()) {
    Texts rest = text, parted;
    const Texts own[] = {Texts(&separator, 1)};
    if (!take_front(rest, own, &parted) && !take_front(rest, kBlanks, &parted) &&
        !take_front(rest, kApostrophes, &parted))
      break;
    count = count_digits(rest);
    if ((first.empty() ? parted : first) != parted || (count != 2 && count != 3)) return false;
    first = parted;
    digits.append(rest.substr(0, count));
    text = rest.substr(count);
  }
  return first.empty() || count == 3;
}

/// Takes a short word that stands behind the last digit: a unit.
bool take_word(Texts& cell, Texts& word) {
  constexpr size_t kLongest = 8;
  const size_t end = cell.find_last_of("0123456789.,");
  if (end == Texts::npos) return false;
  Texts rest = cell.substr(end + 1);
  trim(rest);
  const bool letter =
      !rest.empty() && (std::isalpha(static_cast<unsigned char>(rest[0])) != 0 || (rest[0] & 0x80) != 0);
  if (!letter || rest.size() > kLongest || rest.find_first_of(" \t\"'()") != Texts::npos) return false;
  word = rest;
  cell = cell.substr(0, end + 1);
  return true;
}

/// The number without sign, unit and parentheses.
bool read_body(Texts text, Notation notation, Texts scale, double& value) {
  const char decimal = notation == Notation::point ? '.' : ',', separator = notation == Notation::point ? ',' : '.';
  std::string plain;  // short: no memory is taken
  if (text.empty() || (!is_digit(text[0]) && text[0] != decimal) || !copy_whole(text, separator, plain)) return false;
  if (text.starts_with(decimal)) {
    text.remove_prefix(1);
    const size_t count = count_digits(text);
    if (count == 0 && plain.empty()) return false;
    plain.append(".").append(text.substr(0, count));
    text.remove_prefix(count);
  }
  if (!text.empty()) {
    if ((text[0] != 'e' && text[0] != 'E') || !scale.empty()) return false;
    plain.append(text);
  }
  plain.append(scale);
  return parse_number(plain, value);
}

}  // namespace

bool is_missing(std::string_view cell) {
  // most cells begin as no word for missing does
  if (!cell.empty() && std::isalnum(static_cast<unsigned char>(cell[0])) != 0 &&
      std::string_view("nN1").find(cell[0]) == std::string_view::npos)
    return false;
  trim(cell);
  if (cell.size() > kLongestMissing) return false;
  std::array<char, kLongestMissing> small{};
  std::transform(cell.begin(), cell.end(), small.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return std::find(std::begin(kMissing), std::end(kMissing), Texts(small.data(), cell.size())) != std::end(kMissing);
}

bool read_number(std::string_view cell, Notation notation, CellNumber& number) {
  constexpr Texts kPercents[] = {kPercent, kPerMille};
  number = {};
  trim(cell);
  if (cell.starts_with('\'')) {  // a spreadsheet's mark of text, or quotes that CSV does not know
    cell.remove_prefix(1);
    if (cell.ends_with('\'')) cell.remove_suffix(1);
    trim(cell);
  }
  bool positive = false;
  for (bool more = true; more; trim(cell)) {  // signs, currency and parentheses, in whatever order they stand
    more = false;
    if (!number.is_negative && !positive && take_front(cell, kMinus)) more = number.is_negative = true;
    if (!number.is_negative && !positive && cell.starts_with('+')) {
      cell.remove_prefix(1);
      more = positive = true;
    }
    if (number.unit.empty() && take_front(cell, kCurrencies, &number.unit)) more = true;
    if (!number.in_parentheses && cell.size() > 1 && cell.front() == '(' && cell.back() == ')') {
      cell = cell.substr(1, cell.size() - 2);
      more = number.in_parentheses = true;
    }
  }
  Texts scale;
  if (number.unit.empty() && take_back(cell, kPercents, &number.unit))
    scale = number.unit == kPercent ? "e-2" : "e-3";
  else if (number.unit.empty() && !take_back(cell, kCurrencies, &number.unit))
    number.is_word = take_word(cell, number.unit);
  trim(cell);
  if (number.in_parentheses && (number.is_negative || positive)) return false;
  if (!read_body(cell, notation, scale, number.value)) return false;
  if (number.is_negative || number.in_parentheses) number.value = -number.value;
  return true;
}

bool read_truth(std::string_view cell, double& value) {
  trim(cell);
  std::array<char, 5> small{};
  if (cell.size() != 4 && cell.size() != 5) return false;
  std::transform(cell.begin(), cell.end(), small.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const Texts text(small.data(), cell.size());
  value = text == "true" ? 1 : 0;
  return text == "true" || text == "false";
}

}  // namespace saddle
