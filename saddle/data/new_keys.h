// New values for columns that tell rows apart.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "saddle/data/schema.h"
#include "saddle/tables/table_codec.h"

namespace saddle {

/// Cells for a key column, all different and none of them in the tables that the schema was read from.
///
/// Numbers and times go on from the largest in steps of `step` (at least the smallest that the column's form can tell);
/// words that are one prefix and a number ("C-0017") go on from the largest number; other words become "new-1",
/// "new-2" ... Result: `count` cells.
std::vector<std::string> new_keys(const SchemaColumn& column, int64_t count, double step = 1);

/// The table that generated rows stand for, as `decode` writes it, with new keys where the codec says that a column is
/// one. `codec` may be null. Shapes: x [rows, columns] float64. Throws: Error as `decode`.
TextTable decode_generated(const TableSchema& schema, const TableCodec* codec, const Tensor& x);

}  // namespace saddle
