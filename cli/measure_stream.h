// The test of P = Q that goes on with every batch of rows.
#pragma once
#include "cli/commands.h"
#include "cli/progress.h"

namespace saddle::cli {

/// Carries out `saddle measure P Q --stream STATE`; returns the exit code.
///
/// STATE is one safetensors file: the tensors of StreamTest::state, and metadata saying what the columns are and which
/// files were taken. Throws: Error where a file was taken before, the columns differ, or STATE is no such file.
int run_stream(const MeasureCommand& command, ProgressLine& line);

}  // namespace saddle::cli
