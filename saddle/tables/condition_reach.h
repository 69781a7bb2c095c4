// What no row that a codec stands for can meet, told before rows are drawn.
#pragma once
#include "saddle/tables/row_condition.h"
#include "saddle/tables/table_codec.h"

namespace saddle {

/// A column no value of which meets all that is asked of it alone; -1: there is none.
///
/// `where` must be met, `constraint` not broken. Requirements of several columns, and combinations, are not looked at,
/// so that a condition may be out of reach all the same. Tried are all levels; of a number that has no level, the ends
/// of its range, the values that it is compared with, and what lies beside and between them. Cost: O(levels).
int64_t column_beyond_reach(const RowCondition& where, const RowCondition& constraint, const TableCodec& codec);

}  // namespace saddle
