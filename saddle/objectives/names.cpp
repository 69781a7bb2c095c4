// Implements the text that chooses regularisers.
#include "saddle/objectives/names.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "saddle/base/error.h"

namespace saddle {
namespace {

/// Cuts off what follows the last `mark` in `text` and reads it as a positive number; 0 where there is no mark.
template <class Number>
Number cut_number(std::string& text, char mark, const char* what, const std::string& where) {
  const size_t at = text.rfind(mark);
  if (at == std::string::npos) return 0;
  const std::string digits = text.substr(at + 1);
  Number number{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || !(number > 0) ||
      !std::isfinite(static_cast<double>(number)))
    throw UsageError(where + ": expected " + what + " after '" + mark + "', got '" + digits + "' in '" + text +
                     "' (write NAME, NAME=STRENGTH or NAME=STRENGTH/INTERVAL)");
  text.resize(at);
  return number;
}

}  // namespace

std::vector<ChosenRegularizer> parse_regularizers(const std::string& text, const std::string& where) {
  std::vector<ChosenRegularizer> chosen;
  if (text == "none") return chosen;
  const std::vector<std::string> known(kRegularizerNames.begin(), kRegularizerNames.end());
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    ChosenRegularizer one;
    one.name = text.substr(begin, end - begin);
    begin = end + 1;
    one.interval = cut_number<int64_t>(one.name, '/', "a positive whole number of steps", where);
    one.strength = cut_number<double>(one.name, '=', "a positive number", where);
    if (std::find(known.begin(), known.end(), one.name) == known.end())
      throw UsageError(where + ": " + unknown_name("regulariser", one.name, known) +
                       (one.name == "instance_noise" ? "; noise that stays is --noise S --noise-end S" : ""));
    for (const auto& other : chosen)
      if (other.name == one.name)
        throw UsageError(where + ": expected each regulariser once, got '" + one.name + "' twice");
    chosen.push_back(one);
  }
  return chosen;
}

}  // namespace saddle
