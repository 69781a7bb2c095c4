// Labels of images from a file beside them: a table, or an array.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "saddle/base/tensor.h"

namespace saddle {

/// Labels by number, and what the numbers are called.
struct Labels {
  Tensor numbers;                  // [n] int64
  std::vector<std::string> names;  // of 0, 1, ...: sorted, as numbers where all of them are whole ones
  std::string remark;              // a sentence; may be empty
};

/// Reads the labels of files from a table with a header and two columns: a file, as its path relative to `folder` with
/// or without its ending, and its label.
///
/// `files` are such paths. Throws: Error naming the table and the first of the files that has no label, or two; or what
/// else is wrong with the table.
Labels read_file_labels(const std::string& path, const std::string& folder, const std::vector<std::string>& files);

/// Reads the labels of `count` rows of an array: an .npy or IDX array of whole numbers [count], or a table with a
/// header and one column, the label of each row in turn, or two, the row's number counted from 0 and its label.
///
/// Throws: as `read_file_labels`; Error for another number of labels.
Labels read_row_labels(const std::string& path, int64_t count, int64_t max_bytes);

}  // namespace saddle
