// Implements the choice of classes that a grid shows.
#include "saddle/run/class_rows.h"

#include <algorithm>

namespace saddle {

std::vector<int64_t> class_rows(const std::vector<int64_t>& counts) {
  constexpr size_t kLeastRows = 8, kMostRows = 16;
  std::vector<int64_t> there;
  for (size_t k = 0; k < counts.size(); ++k)
    if (counts[k] > 0) there.push_back(static_cast<int64_t>(k));
  const size_t shown = std::min(there.size(), kMostRows);
  std::vector<int64_t> rows;
  for (size_t i = 0; i < shown; ++i)
    rows.insert(rows.end(), std::max<size_t>(1, kLeastRows / shown), there[i * there.size() / shown]);
  return rows;
}

}  // namespace saddle
