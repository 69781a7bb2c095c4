// Rows of tables as plain numbers, for critics.
#pragma once
#include "saddle/tables/table_codec.h"

namespace saddle {

/// Each number as it is, with a mark beside it where it may be missing; each category as 0 and 1 for its 50 most
/// frequent levels, missing among them. Keys and constants are left out.
///
/// A missing number is the median quantile, where there are none (trees keep none) its first level, and 0 where missing
/// is the only one. Shapes: rows [n, c] float64, as
/// the codec's table has them; result [n, k] float64. Cost: O(n k).
Tensor plain_columns(const TableCodec& codec, const Tensor& rows);

}  // namespace saddle
