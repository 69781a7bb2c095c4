// The values of a table's column as few bins with names, for people to look at.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "saddle/base/tensor.h"
#include "saddle/data/schema.h"

namespace saddle {

/// Values that are shown as one.
struct ColumnBin {
  std::string name;                                 // a cell of the table, or "17 to 19"
  enum { level, range, rest, missing } is = level;  // one value; some numbers; rarer levels; no value
  int64_t levels = 1;                               // of a rest: how many it holds
};

/// Bins of one column: single values, then ranges of the other numbers or the rest of the levels, then missing.
struct ColumnBins {
  std::vector<ColumnBin> bins;
  std::vector<double> levels = {};  // the values of the first bins
  std::vector<double> edges = {};   // of the ranges: the lower ends of all but the first, ascending

  /// How many bins there are.
  int64_t size() const { return static_cast<int64_t>(bins.size()); }

  /// How many values each bin holds; they must be among those that the bins were made of, or numbers. Shapes: values
  /// [n] float64; result [n] int64.
  Tensor operator()(const Tensor& values) const;
};

/// For a histogram: of categories the 12 most frequent levels and the rest; of at most 24 different numbers each; of
/// others those with a twentieth of the rows, and up to 30 equally wide ranges between the quantiles .005 and .995,
/// whole multiples of the numbers' step wide, the first and the last of which hold what lies beyond.
///
/// Shapes: pooled [n] float64, both sides together; NaN is missing. Cost: O(n log n).
ColumnBins histogram_bins(const SchemaColumn& column, const Tensor& pooled);

/// For a table of two columns: of categories as above; of at most 10 different numbers each; of others those with a
/// tenth of the rows, and quantiles of the rest, together some ten. Shapes, cost: as above.
ColumnBins coarse_bins(const SchemaColumn& column, const Tensor& pooled);

}  // namespace saddle
