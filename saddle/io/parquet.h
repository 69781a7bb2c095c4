// Reads and writes tables in Parquet files, by a library that is loaded when it is there.
#pragma once
#include <string>

#include "saddle/io/csv.h"

namespace saddle {

/// Says where libsaddle-parquet.so lies, which holds Arrow; before the first file is read or written.
void use_parquet_plugin(const std::string& path);

/// Whether a file's content is Parquet; false for what cannot be read.
bool is_parquet(const std::string& path);

/// Reads a Parquet file as the table of text that it would be.
///
/// Numbers have the digits that tell them from others, a null is empty, truths are true and false; dates are ISO 8601,
/// and so are times, with as many decimals as their column needs, and without the time of day where it is midnight
/// throughout. Texts are as they are; bytes that are no UTF-8 as Windows-1252. `types` has Arrow's names of the
/// columns' types. Throws: Error for a damaged file, a column that is nested or binary (named), two of one name, no
/// rows, or where the library is not there. Cost: memory of the cells, and of one column as Arrow has it.
TextTable read_parquet(const std::string& path);

/// Writes a table as a Parquet file whose columns have the table's `types`, which must all be there; "dictionary" is
/// of texts.
///
/// An empty cell is a null. Throws: Error where a cell is no value of its column's type, or the library is not there;
/// as `write_file`.
void write_parquet(const std::string& path, const TextTable& table);

/// Reads a table from a file of either kind, which its content tells. Throws: as `read_csv` and `read_parquet`.
TextTable read_table(const std::string& path, const ReadProgress& progress = {});

}  // namespace saddle
