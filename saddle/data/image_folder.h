// Reads a folder of image files.
#pragma once
#include <memory>
#include <string>

#include "saddle/data/dataset.h"

namespace saddle {

/// Opens every image file below a folder, in the order of their paths.
///
/// Hidden files and folders are skipped, links are followed, and a folder that is reached twice is read once,
/// so that loops of links end. Files whose names are no image's are counted, not read. Where several folders
/// hold images, their paths are the labels. Throws: Error naming the folder or the file, and what to do.
std::unique_ptr<Dataset> open_image_folder(const std::string& path, const DataOptions& options);

}  // namespace saddle
