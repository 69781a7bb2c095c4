// Which types columns have in a Parquet file.
#pragma once
#include "saddle/data/schema.h"

namespace saddle {

/// The schema whose cells `write_parquet` takes.
///
/// Columns that come from Parquet stay as they are. Of others, numbers without decimals become int64 and the rest
/// double, without their units; dates date32, and with a time of day timestamp, in UTC where they have a zone; truths
/// bool; times of day string, since they may go beyond a day; categories dictionaries of strings. Missing values are
/// empty.
TableSchema parquet_schema(TableSchema schema);

}  // namespace saddle
