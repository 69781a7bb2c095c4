// Arrays and tables between Python and the library.
#pragma once
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <memory>
#include <set>
#include <string>

#include "saddle/data/schema.h"

namespace saddle::python {

namespace nb = nanobind;

/// A numpy array that is read alone.
using ReadArray = nb::ndarray<nb::ro, nb::device::cpu>;

/// The same numbers as a tensor, without a copy; it keeps the array alive, and may be released without the GIL.
///
/// Shapes: any, with any strides of at least 0; float32, float64, int64 or uint8. Throws: Error for other types.
Tensor tensor_of(const ReadArray& array);

/// A tensor's numbers as a numpy array, without a copy.
nb::object array_of(const Tensor& x);

/// The table that a frame is, as a Parquet file of it would be read.
///
/// `columns` holds a tuple a column: (name, type, values, levels). Type is Arrow's name. With levels, a list of texts,
/// values are int64 numbers of them, -1 for a missing value; without (None), float32 or float64 with NaN where missing,
/// or int64 without missing ones. Throws: Error for other types.
std::shared_ptr<const TextTable> table_of(const std::string& name, const nb::list& columns);

/// A table's columns, one tuple each: (name, kind, values, levels), where kind is `kind_name`'s, and values and levels
/// are as in `table_of`: times are seconds since 1970, or of the day. Those named in `texts` have levels too.
nb::list columns_of(const TableSchema& schema, const TextTable& table, const std::set<std::string>& texts);

}  // namespace saddle::python
