// How near rows of tables lie to the rows that a generator was trained on.
#pragma once
#include <cstdint>

#include "saddle/critics/row_encoder.h"

namespace saddle {

/// What rows of one sample show of copies, one number a row.
struct RowCopies {
  Tensor exact;     // [m] float64: 1 where the row equals a training row
  Tensor distance;  // [m]: to the closest training row
  Tensor
      nearer;  // [m]: 1 where a training row is closer than any of as many held-out rows, 1/2 where both are as close
};

/// What they are compared with.
struct CopyRows {
  Tensor train;     // [k, c] float64: all training rows
  Tensor held_out;  // [h, c]: other real rows
};

/// Training rows that are searched for the closest one.
constexpr int64_t kMostTraining = 20'000;

/// Looks for copies of training rows.
///
///   distance(x, y) = mean over columns of d_c;  levels: 0 where equal, else 1
///   numbers: |F(x_c) - F(y_c)|, F the share of known rows below, and half of those equal
///
/// Of training and held-out rows together; missing is a value that equals itself alone, at distance 1 from others. At
/// most `kMostTraining` training rows, drawn at random, are searched for the closest, and as many as held-out rows for
/// `nearer`; `exact` looks at all. Shapes: rows [m, c] float64. Cost: O(m k c).
/// Source: Gower 1971, A general coefficient of similarity; ranks for ranges, which outliers would decide.
RowCopies find_row_copies(const Tensor& rows, const CopyRows& known, const Categorical& categorical, uint64_t seed);

}  // namespace saddle
