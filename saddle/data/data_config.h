// The part of a run's config.toml that tells of its data.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "saddle/data/dataset.h"

namespace saddle {

/// "[3, 32, 32]".
std::string shape_text(const std::vector<int64_t>& shape);

/// The remarks and problems of data.
std::vector<std::string> notes(const DataSummary& data);

/// The [data] table: `path` as open_dataset takes it, or a density.
std::string data_config(const std::string& path, const DataSummary& data);

}  // namespace saddle
