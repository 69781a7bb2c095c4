// The work of `saddle measure`, for the program and for callers that hold the sides in memory.
#pragma once
#include "cli/measure_result.h"
#include "cli/measure_sides.h"
#include "saddle/distributed/group.h"

namespace saddle::cli {

/// What was measured, and what of.
struct Measured {
  Sides sides;
  MeasureResult result;
};

/// Measures how far Q is from P; writes the page that the command asks for, and prints nothing but progress.
///
/// The ranks of a group share the work; what is found beside the critics, and what is written, is rank 0's alone.
/// Throws: UsageError for a name that is not known, Error for a page that cannot be written; as `open_sides`, and where
/// ranks read different rows.
Measured measure_by(const MeasureCommand& command, ProgressLine& line, Group& group, const GivenSides& given = {});

}  // namespace saddle::cli
