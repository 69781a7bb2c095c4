// Values as a table that was written and read again has them: rounded to what its cells tell.
#pragma once
#include "saddle/base/tensor.h"
#include "saddle/data/schema.h"

namespace saddle {

/// What is read from the cells that are written for a column's values: numbers with the column's decimals, times by its
/// format, truths as 0 or 1; codes of levels as they are. Shapes: values and result [n] float64.
Tensor as_written(const SchemaColumn& column, const Tensor& values);

/// The same for rows. Shapes: rows and result [n, columns] float64.
Tensor as_written(const TableSchema& schema, const Tensor& rows);

}  // namespace saddle
