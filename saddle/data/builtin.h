// Data that are drawn: the cartoon faces, the densities in the plane, and densities written as JSON.
#pragma once
#include <memory>
#include <string>

#include "saddle/data/dataset.h"

namespace saddle {

/// Opens the built-in data of that name (without "builtin:").
///
/// Throws: Error for an unknown name, with the known ones and the nearest.
std::unique_ptr<Dataset> open_builtin(const std::string& name, const DataOptions& options);

/// Opens a density that is written as JSON (density_json.h): every draw is fresh, in each part.
///
/// Throws: Error where it cannot be read, or the options ask for other pictures than it draws.
std::unique_ptr<Dataset> open_density_file(const std::string& path, const DataOptions& options);

}  // namespace saddle
