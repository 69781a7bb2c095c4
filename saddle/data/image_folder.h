// Reads a folder of image files.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "saddle/data/dataset.h"
#include "saddle/data/piece_list.h"

namespace saddle {

/// Opens every image file below a folder, in the order of their paths.
///
/// Hidden files and folders are skipped, links are followed, and a folder that is reached twice is read once,
/// so that loops of links end. Files whose names are no image's are counted, not read. Where several folders
/// hold images, their paths are the labels. Throws: Error naming the folder or the file, and what to do.
std::unique_ptr<Dataset> open_image_folder(const std::string& path, const DataOptions& options);

/// Opens several of them, which `list` names, as if their images lay in one: those of each folder in turn. Labels and
/// groups are paths relative to the image's own folder; a file of labels has paths relative to the folder of the list.
std::unique_ptr<Dataset> open_image_folders(const std::string& list, const std::vector<PieceName>& folders,
                                            const DataOptions& options);

}  // namespace saddle
