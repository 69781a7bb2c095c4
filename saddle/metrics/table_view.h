// What a page shows of a generated table: columns, pairs of columns, rows, and the rows most surely false.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "saddle/data/schema.h"
#include "saddle/tables/table_codec.h"
#include "saddle/training/row_rejection.h"

namespace saddle {

/// Rows of a table and of its generator, as the schema has them, in no order.
struct TableRows {
  TableSchema schema;
  std::shared_ptr<const TableCodec> codec;
  SidesOfRows shown;  // real rows p, which steered nothing, and generated ones q: what is compared
  SidesOfRows other;  // others: the critic is fitted on them, and `shown.p` is compared with `other.p` too
};

/// Rows of a side that a view needs at least, shown ones and others.
constexpr int64_t kFewestViewRows = 50;

/// The view as JSON: table.json (docs/formats.md).
///
/// Columns: `histogram_bins` of both sides, with `marginal_js`. Pairs: total variation of the tables of `coarse_bins`,
/// of the first 100 columns that are modelled; beside it the same between two lots of real rows of these sizes, and
/// that of either column alone; the six whose own exceeds these most. Rows most surely false: the generated ones of
/// the smallest log-odds, by boosted trees fitted on `other`, and for each the column whose cell gives it away: that
/// which, with the values of other real rows in its place, raises the log-odds most.
/// Throws: Error where a side has fewer than kFewestViewRows. Cost: O(n c^2), and of BoostedTrees.
std::string table_view_json(const TableRows& rows, uint64_t seed);

}  // namespace saddle
