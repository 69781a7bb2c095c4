// The work of `saddle measure`, for the program and for callers that hold the sides in memory.
#pragma once
#include "cli/measure_result.h"
#include "cli/measure_sides.h"

namespace saddle::cli {

/// What was measured, and what of.
struct Measured {
  Sides sides;
  MeasureResult result;
};

/// Measures how far Q is from P; writes the page that the command asks for, and prints nothing but progress.
///
/// Throws: UsageError for a name that is not known, Error for a page that cannot be written; as `open_sides`.
Measured measure_by(const MeasureCommand& command, ProgressLine& line, const GivenSides& given = {});

}  // namespace saddle::cli
