// Densities written as JSON: {"type": "normal", "params": {"mean": 0, "std": 1}}.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "saddle/distributions/distribution.h"

namespace saddle {

/// Reads a density from JSON (docs/formats.md lists the types and their parameters).
///
/// Throws: Error of one line that begins with `where`: not JSON, an unknown type or parameter, a missing one, or a
/// value that the density refuses.
std::shared_ptr<const Distribution> parse_density(const std::string& json, const std::string& where);

/// Reads a density from a JSON file. Throws: as `parse_density`, and where the file cannot be read.
std::shared_ptr<const Distribution> read_density(const std::string& path);

/// The types that `parse_density` knows.
std::vector<std::string> density_types();

}  // namespace saddle
