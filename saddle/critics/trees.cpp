// Implements the critics of boosted trees.
#include "saddle/critics/trees.h"

#include "saddle/critics/boosted_trees.h"

namespace saddle {
namespace {

constexpr int64_t kFewColumns = 12;  // up to here the decorrelated columns are shown too
constexpr Fineness kCoarseTrees{16, 1024, 12'000, 10}, kFine{128, 12'000, 1'000'000, 10};

/// The columns that trees see.
Tensor tree_columns(const Labelled& rows) {
  std::vector<Tensor> parts = {rows.x};
  const int64_t d = rows.white.size(1);
  if (d > 1 && d <= kFewColumns) parts.push_back(rows.white);
  if (d > 1) parts.push_back(rows.white.norm(2, 1, true));
  return at::cat(parts, 1);
}

Critic fit_boosted(const Labelled& train, const Labelled& held, uint64_t seed, const Fineness& fineness) {
  const auto columns_of = [](const Labelled& rows) {
    Labelled columns;
    columns.x = tree_columns(rows);
    columns.label = rows.label;
    columns.weight = rows.weight;
    return columns;
  };
  const BoostedTrees trees = BoostedTrees::fit(columns_of(train), columns_of(held), seed, fineness);
  return [trees](const Labelled& rows) { return trees(tree_columns(rows)); };
}

}  // namespace

Critic fit_trees(const Labelled& train, const Labelled& held, uint64_t seed) {
  return fit_boosted(train, held, seed, kCoarseTrees);
}

Critic fit_fine_trees(const Labelled& train, const Labelled& held, uint64_t seed) {
  return fit_boosted(train, held, seed, kFine);
}

}  // namespace saddle
