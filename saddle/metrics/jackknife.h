// How far a number that samples give would be from its mean over other samples: by leaving rows out, a group at a time.
#pragma once
#include <cstdint>
#include <vector>

#include "saddle/base/rng.h"
#include "saddle/base/tensor.h"
#include "saddle/critics/bounds.h"

namespace saddle {

/// Rows dealt at random to parts of nearly equal size; rows of one group share a part.
struct RowParts {
  std::vector<int32_t> of_row;  // the part of each row, in [0, sizes.size())
  std::vector<int64_t> sizes;   // rows of each part
  int64_t units = 0;            // rows, or groups of them where there are groups
};

/// Deals `rows` rows to at most 40 parts: fewer where there are fewer groups.
///
/// Shapes: groups [rows] int64, or undefined where every row is a group of its own.
RowParts deal_parts(const Tensor& groups, int64_t rows, Rng& rng);

/// An estimated variance, and the degrees of freedom of that estimate.
struct Spread {
  double variance;
  double freedom;
};

/// The variance of a number over other samples like this one, by the delete-a-group jackknife.
///
///   v = 1/G sum_g (h_g x - (h_g - 1) x_g - x_J)^2 / (h_g - 1),   h_g = n / n_g,
///
/// with x_g the number without part g, and x_J the mean of G x - sum_g (1 - n_g / n) x_g.
/// Where x is a mean of smooth functions of neighbourhoods it is nearly unbiased; where x is degenerate (a divergence
/// at P = Q) it is too large.
/// Shapes: without one value a part. Result: freedom G - 1; a variance of NaN below two parts.
/// Source: Busing, Meijer and van der Leeden 1999, Delete-m jackknife for unequal m, eq. 8 and 10.
Spread jackknife_spread(double whole, const std::vector<double>& without, const std::vector<int64_t>& sizes);

/// The spread of a number of two independent samples, with Welch and Satterthwaite's degrees of freedom.
Spread sum_of_spreads(const Spread& a, const Spread& b);

/// Student's interval around an estimate.
Interval spread_interval(double estimate, const Spread& spread, double confidence);

/// Wilson's interval for a share, of as many independent trials as give this spread; `units` of them where the spread
/// is 0, which says nothing there.
///
/// Source: Wilson 1927; Korn and Graubard 1998 for the number of trials of a clustered sample.
Interval share_interval(double share, const Spread& spread, int64_t units, double confidence);

}  // namespace saddle
