// The two sides of `saddle measure`, opened: files, tables, runs and densities as tensors of one shape.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/progress.h"
#include "saddle/critics/row_encoder.h"
#include "saddle/data/schema.h"
#include "saddle/distributions/distribution.h"

namespace saddle::cli {

/// One side, as samples.
struct Side {
  std::string name;                               // as the user wrote it
  std::string path;                               // of the file or folder that was read; empty: none was
  Tensor x;                                       // [n, d] float64, of tables as `encode` has them;
                                                  // or [n, C, H, W] float32 in [-1, 1]
  std::shared_ptr<const Distribution> density{};  // where it is known
  std::shared_ptr<const TextTable> table{};       // its rows as the file has them, where it is a table
};

/// Both sides, alike in shape.
struct Sides {
  Side p, q;
  TableSchema schema;  // of points; without columns for images, and for more than 100 coordinates
  std::vector<std::string> warnings;
};

/// What the critics are told of the columns; empty where no side is a table.
Categorical categorical_columns(const Sides& sides);

/// Opens both sides of a measurement.
///
/// Rows keep the order of their files, apart from images in folders. A density, a run and a built-in density are
/// sampled `command.count` times, or as often as the other side has rows. Where one side is a run, the other is
/// prepared as that run prepared its data; where it is the run's own data (or command.p is empty), its part `test`
/// alone is taken. Throws: Error for what cannot be read, sides of different shapes, and rows that the run's generator
/// trained on, unless command.include_training; UsageError where a single side is no run. Tables are read by the schema
/// of `earlier` rows where there is one, else by that of a run on the other side.
Sides open_sides(const MeasureCommand& command, ProgressLine& line, const TableSchema* earlier = nullptr);

/// What the command says of tables.
TableOptions table_options(const MeasureCommand& command);

}  // namespace saddle::cli
