// What a careful statistician looks at before measuring: copies, constant columns, few rows, the same file twice.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "saddle/base/tensor.h"
#include "saddle/critics/shared_rows.h"

namespace saddle::cli {

struct Sides;

/// A hash of each row's values; equal rows of one type have equal hashes (0 and -0 too).
std::vector<uint64_t> row_hashes(const Tensor& x);

/// Throws Error where the sides differ in shape, or one has fewer than 50 rows.
void check_sides(const Sides& sides);

/// What weakens a measurement of these sides: sentences, and the rows that they share.
struct SideChecks {
  std::vector<std::string> warnings;
  SharedRows shared;  // the same where both sides are one file, too
};
SideChecks side_checks(const Sides& sides);

}  // namespace saddle::cli
