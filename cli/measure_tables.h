// What a measurement makes of tables beside reading them: keys are left out, and training rows are read as the sides.
#pragma once
#include <string>

#include "cli/measure_sides.h"

namespace saddle::cli {

/// Leaves out the columns that are keys on both sides, all of whose values differ (`find_role`), with a warning.
///
/// A generator makes keys anew: that they are others says nothing, and would hide all else. Columns that the command
/// names stay.
void leave_out_keys(const MeasureCommand& command, Sides& sides);

/// Reads the training rows of a table by the schema of the sides. Throws: Error for other columns.
Tensor read_training_table(const std::string& path, const MeasureCommand& command, Sides& sides);

}  // namespace saddle::cli
