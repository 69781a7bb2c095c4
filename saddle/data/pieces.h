// Data that lie in pieces, read as one data set.
#pragma once
#include <memory>
#include <string>

#include "saddle/data/dataset.h"

namespace saddle {

/// Opens what a list (piece_list.h) names: folders of images, IDX files of images, or .npy arrays, all of one kind.
///
/// The samples are those of the pieces in their order, and everything else is as if they lay in one folder or one
/// array: counts, split, units, and which copies stay together. Folders below a folder are labels and groups by their
/// path in their own piece. Throws: Error naming list, line and piece where a piece cannot be read, is of another kind,
/// or holds samples of another shape or type.
std::unique_ptr<Dataset> open_piece_list(const std::string& path, const DataOptions& options);

/// Whether a folder holds .npy arrays and no image, so that these are its data.
bool is_array_folder(const std::string& folder);

/// Opens the .npy arrays of such a folder, likewise, in the order of `list_arrays`.
std::unique_ptr<Dataset> open_array_folder(const std::string& folder, const DataOptions& options);

}  // namespace saddle
