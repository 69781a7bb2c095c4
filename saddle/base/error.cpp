// Implements the wording of errors.
#include "saddle/base/error.h"

#include <algorithm>

namespace saddle {
namespace {

size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string one_line(std::string text) {
  std::replace_if(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; }, '?');
  return text;
}

}  // namespace

Error::Error(const std::string& what) : std::runtime_error(one_line(what)) {}

std::string nearest_name(const std::string& name, const std::vector<std::string>& known) {
  std::string best;
  size_t best_distance = std::max<size_t>(2, name.size() / 2) + 1;
  for (const auto& candidate : known) {
    const size_t distance = edit_distance(name, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string unknown_name(const std::string& kind, const std::string& name, const std::vector<std::string>& known) {
  std::string text = "unknown " + kind + " '" + name + "' (";
  const std::string near = nearest_name(name, known);
  if (!near.empty()) text += "did you mean '" + near + "'? ";
  text += "known:";
  for (size_t i = 0; i < known.size(); ++i) text += (i ? ", " : " ") + known[i];
  return text + ")";
}

}  // namespace saddle
