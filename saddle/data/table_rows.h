// What a data set makes of a table's rows: what networks see of them, and labels of the values that G is given.
#pragma once
#include <string>
#include <vector>

#include "saddle/data/dataset.h"

namespace saddle {

/// Learns what networks see of a table from its training rows [n, columns], by the roles in the options, else
/// `find_role`'s; times are no keys.
///
/// Throws: UsageError for the role of a column that is not there; Error for a number's role of categories.
std::shared_ptr<const TableCodec> learn_codec(const Tensor& rows, const DataSummary& summary,
                                              const DataOptions& options);

/// Numbers the combinations of values that rows have in these columns, and names them in `summary.labels`: "Female,
/// >50K".
///
/// Shapes: x [n, columns] float64 as the summary's schema has them; result [n] int64. Throws: Error for a column that
/// is not there, one of a single value or of more than 100, and more than 1,000 combinations.
Tensor condition_labels(const Tensor& x, const std::vector<std::string>& columns, DataSummary& summary);

/// What each label says of encoded rows: their levels of the columns that it tells. Shapes: x [n, columns] float64,
/// labels [n] int64 in [0, K); result [K, width] float32, 0 elsewhere.
///
/// Throws: Error where the codec has no level for one of the values.
Tensor encoded_labels(const TableCodec& codec, const Tensor& x, const Tensor& labels,
                      const std::vector<std::string>& columns, const DataSummary& summary);

}  // namespace saddle
