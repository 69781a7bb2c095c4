// The work of `saddle sample` for callers that want samples in memory.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "saddle/data/schema.h"

namespace saddle::cli {

/// Samples as files have them.
struct SamplesInMemory {
  Tensor array;                    // as FILE.npy has it; undefined for rows of tables with categories
  std::optional<TextTable> table;  // as FILE.csv has it, of a run whose data are a table
  TableSchema schema;              // of the table
  Tensor labels;                   // [n] int64 of a class-conditional run; else undefined
  std::vector<std::string> label_names;
};

/// Draws what the command would write; `out` is not used. Throws: as the command.
SamplesInMemory draw_in_memory(const SampleCommand& command);

}  // namespace saddle::cli
