// Finds the image files below a folder.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace saddle {

/// The image files below a folder.
struct FileList {
  std::vector<std::string> paths;  // relative to the folder, sorted by their bytes
  int64_t by_content = 0;          // of these, those that begin like an image without being named like one
  int64_t ignored = 0;             // visible files whose name is no image's, or that are no regular files
};

/// Lists the image files below a folder, as `open_image_folder` says. Throws: Error naming a folder that
/// cannot be read.
FileList list_images(const std::string& folder);

}  // namespace saddle
