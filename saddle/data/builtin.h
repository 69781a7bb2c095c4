// Data that need no files: the cartoon faces and the densities in the plane.
#pragma once
#include <memory>
#include <string>

#include "saddle/data/dataset.h"

namespace saddle {

/// Opens the built-in data of that name (without "builtin:").
///
/// Throws: Error for an unknown name, with the known ones and the nearest.
std::unique_ptr<Dataset> open_builtin(const std::string& name, const DataOptions& options);

}  // namespace saddle
