// The two sides of `saddle measure`, opened: files, tables, runs and densities as tensors of one shape.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/image_rows.h"
#include "cli/progress.h"
#include "saddle/critics/row_encoder.h"
#include "saddle/data/schema.h"
#include "saddle/distributions/distribution.h"

namespace saddle::cli {

/// One side, as samples.
struct Side {
  std::string name;                               // as the user wrote it
  std::string path;                               // of the file or folder that was read; empty: none was
  Tensor x;                                       // [n, d] float64, of tables as `encode` has them; or of images
                                                  // some [k, C, H, W] float32 in [-1, 1], as many as critics are told
  ImageRows images{};                             // all of them, where they are images
  std::vector<std::string> label_names{};         // what the images' labels are called; empty: they have none
  Tensor told{};                                  // [k] int64: the numbers of those in x
  std::shared_ptr<const Distribution> density{};  // where it is known
  std::shared_ptr<const TextTable> table{};       // its rows as the file has them, where it is a table

  int64_t count() const { return images.count > 0 ? images.count : x.size(0); }  // rows
};

/// What a generator was trained on, where that is known.
struct TrainingRows {
  std::string name;                       // of the data, as the user wrote it; empty: nothing is known
  std::shared_ptr<const Dataset> data{};  // of images
  ImageRows images{};                     // its part train
  Tensor x{};                             // [n, d] of points
  bool own = false;                       // the data of the run that is measured: its labels have P's numbers
};

/// Both sides, alike in shape.
struct Sides {
  Side p, q;
  TrainingRows training{};
  TableSchema schema;        // of points; without columns for images, and for more than 100 coordinates
  bool table = false;        // whether a side is a table, or a run that was trained on one
  bool p_in_groups = false;  // the labels of P's images are their folders, which belong together
  std::vector<std::string> warnings;
};

/// What the critics are told of the columns; empty where no side is a table.
Categorical categorical_columns(const Sides& sides);

/// What a caller has in memory of a side: one of these.
struct GivenSide {
  Tensor x{};                                // [n] or [n, d] points or [n, H, W], [n, H, W, C], [n, C, H, W] images, of
                                             // the types that `read_npy` returns
  std::shared_ptr<const TextTable> table{};  // named as the side
  std::string density{};                     // JSON
};

/// The sides that are in memory; null: the command names what to read.
struct GivenSides {
  const GivenSide *p = nullptr, *q = nullptr;
};

/// What a measurement opens beside what its command names.
struct OpenedFrom {
  GivenSides given = {};
  const TableSchema* earlier = nullptr;  // of rows that came before; null: there are none
};

/// Opens both sides of a measurement.
///
/// Rows keep the order of their files, apart from images in folders. A density, a run and a built-in density are
/// sampled `command.count` times, or as often as the other side has rows. Where one side is a run, the other is
/// prepared as that run prepared its data; where it is the run's own data (or command.p is empty), its part `test`
/// alone is taken. Throws: Error for what cannot be read, sides of different shapes, and rows that the run's generator
/// trained on, unless command.include_training; UsageError where a single side is no run. Tables are read by the schema
/// of earlier rows where there is one, else by that of a run on the other side.
Sides open_sides(const MeasureCommand& command, ProgressLine& line, const OpenedFrom& from = {});

/// Opens images alone: data in all their parts, a density, or a run, each sampled `command.count` times where every
/// draw is fresh. Throws: Error for what cannot be read, and for points.
Sides open_images(const MeasureCommand& command, const std::string& name, ProgressLine& line);

/// What the command says of tables.
TableOptions table_options(const MeasureCommand& command);

}  // namespace saddle::cli
