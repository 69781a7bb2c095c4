// What a careful statistician looks at before measuring: copies, constant columns, few rows, the same file twice.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "saddle/base/tensor.h"

namespace saddle::cli {

struct Sides;

/// A hash of each row's values; equal rows of one type have equal hashes (0 and -0 too).
std::vector<uint64_t> row_hashes(const Tensor& x);

/// Throws Error where the sides differ in shape, or one has fewer than 50 rows.
void check_sides(const Sides& sides);

/// Sentences about what weakens a measurement of these sides.
std::vector<std::string> side_warnings(const Sides& sides);

}  // namespace saddle::cli
