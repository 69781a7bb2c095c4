// Reads arrays: IDX and NPY files and tables, as images or points.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "saddle/data/array_rows.h"
#include "saddle/data/dataset.h"

namespace saddle {

/// Opens an IDX file of images [N, H, W] or [N, H, W, 1, 3 or 4], plain or gzipped.
///
/// Labels are read from the file beside it whose name has "labels" for "images" and idx1 for idx3, where
/// there is one. Throws: Error naming the file, for other shapes and labels of another count.
std::unique_ptr<Dataset> open_idx(const std::string& path, const DataOptions& options);

/// Opens an .npy array: points [N, d] or [N], or images [N, H, W], [N, H, W, C] or [N, C, H, W] with C 1, 3 or 4.
///
/// Values of images are bytes, or floats in [0, 1], [-1, 1] or [0, 255], told apart by their range and kept
/// as bytes; bytes that are all 0 or 1 are masks, shown as black and white. A 4-D shape that can be read in
/// both orders is [N, H, W, C]. Throws: Error naming the file, and row and column of a value that is not
/// finite.
std::unique_ptr<Dataset> open_npy(const std::string& path, const DataOptions& options);

/// Opens such an array that is in memory; `name` stands for it in texts. Shapes: x contiguous, of a type that
/// `read_npy` returns. Throws: as `open_npy`.
std::unique_ptr<Dataset> open_array(const Tensor& x, const std::string& name, const DataOptions& options);

/// Opens arrays of rows of one shape and type, at least one, as if they were one array; labels are theirs, of all of
/// them or of none, or those of `options.labels_file`. What exceeds `options.memory_bytes` is copied to a mapped file,
/// block by block. `summary` has the name and the source. Throws: as `open_npy`.
std::unique_ptr<Dataset> open_arrays(std::vector<ArrayPiece> pieces, DataSummary summary, const DataOptions& options);

/// An IDX file of images for `open_arrays`, with the labels beside it. Throws: as `open_idx`.
ArrayPiece idx_images(const std::string& path, const DataOptions& options);

/// Opens a table: of numbers, dates, times of day and truths alone as points [N, columns], unless `options.as_rows`;
/// with categories or missing values as rows. Throws: Error as `read_csv` and `read_schema`.
std::unique_ptr<Dataset> open_table(const std::string& path, const DataOptions& options);

/// Throws Error, naming `path`, row and column, unless all values of x [N, ...] are finite. The rows of `path` that x
/// has begin at `first_row`.
void require_finite(const Tensor& x, const std::string& path, int64_t first_row = 0);

}  // namespace saddle
