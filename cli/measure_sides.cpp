// Implements the opening of both sides of a measurement.
#include "cli/measure_sides.h"

#include "cli/data_options.h"
#include "cli/measure_run.h"
#include "cli/measure_script.h"
#include "cli/measure_tables.h"
#include "cli/run_conditions.h"
#include "cli/side_names.h"
#include "saddle/base/error.h"
#include "saddle/data/array_files.h"
#include "saddle/data/data_config.h"
#include "saddle/data/dataset.h"
#include "saddle/data/piece_list.h"
#include "saddle/distributions/density_json.h"
#include "saddle/distributions/faces_density.h"
#include "saddle/io/byte_source.h"
#include "saddle/io/file.h"
#include "saddle/io/file_kind.h"
#include "saddle/io/npy.h"
#include "saddle/io/parquet.h"

namespace saddle::cli {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kDraws = 20'000;             // a side, where neither says how many
constexpr int64_t kLargestKept = 64;           // pixels a side; larger images are made smaller
constexpr int64_t kImageMemory = 400'000'000;  // bytes of decoded images of a side; the others go to a file
constexpr int64_t kMostNamed = 100;            // coordinates of points that are columns of their own
constexpr int64_t kMegabyte = 1'000'000;
constexpr int64_t kMostBytes = int64_t{8} * (1 << 30);  // of an array of points

/// A side on its way: its rows, or how to draw them.
struct Opening {
  Side side;
  std::shared_ptr<MeasuredRun> run{};
  Restart draw{};  // set where every draw is fresh
  bool in_groups = false;
  int64_t white = 0;                   // of 16-bit images; 0: there are none
  std::vector<std::string> remarks{};  // what was made of images
  const GivenSide* given = nullptr;    // null: it is read
};

/// Takes images as a side: all of them to be passed by, and some for the critics.
void take_images(Side& side, ImageRows rows, uint64_t seed) {
  constexpr int64_t kMostTold = 10'000;  // critics hold them, and take hours for many more
  side.images = std::move(rows);
  side.told = some_numbers(side.images.count, kMostTold, seed);
  side.x = pick_images(side.images, side.told).contiguous();
}

Tensor points_of(const Dataset& data, const std::vector<Part>& parts) {
  std::vector<Tensor> rows;
  rows.reserve(parts.size());
  for (const Part part : parts) rows.push_back(data.first(part, data.summary().count).x);
  return at::cat(rows).to(at::kDouble);
}

/// Takes some parts of a data set as a side; where every draw is fresh, how to draw.
void take_data(Opening& opening, const std::shared_ptr<const Dataset>& data, const std::vector<Part>& parts,
               const std::string& purpose, uint64_t seed) {
  if (data->summary().count == 0)
    opening.draw = fresh_draws(data, purpose);
  else if (data->summary().shape.size() == 3) {
    take_images(opening.side, rows_of_dataset(data, parts), seed);
    opening.side.label_names = data->summary().labels;
  } else
    opening.side.x = points_of(*data, parts);
}

/// The array that a side is; undefined: it is none.
Tensor array_of(const Opening& opening) {
  if (opening.given != nullptr) return opening.given->x;
  return is_npy(opening.side.name) ? read_npy(opening.side.name, kMostBytes) : Tensor();
}

/// Refuses what is no data set.
void check_path(const std::string& path) {
  if (const std::string file = path_of_data(path); path.empty() || (!file.empty() && !fs::exists(file)))
    refuse(path, "a path where there is nothing");
  if (fs::is_regular_file(path) && !is_npy(path) && !is_parquet(path) && !is_piece_list(path))
    if (const std::string kind = other_kind(read_content_head(path, kKindBytes), path); !kind.empty())
      refuse(path, kind);
}

/// Opens what `saddle train` reads.
void open_data(Opening& opening, const DataOptions& options, const std::string& purpose) {
  const std::string& path = opening.side.name;
  if (opening.given == nullptr) check_path(path);
  const Tensor x = array_of(opening);
  if (x.defined() && (x.dim() == 1 || x.dim() == 2) && x.numel() > 0) {
    opening.side.x = x.reshape({x.size(0), -1}).to(at::kDouble);  // whole, in the order of the file
    require_finite(opening.side.x, path);
    return;
  }
  const std::shared_ptr<const Dataset> data =
      opening.given != nullptr ? open_array(x.contiguous(), path, options) : open_dataset(path, options);
  opening.white = data->summary().white;
  opening.remarks = data->summary().remarks;
  opening.in_groups = options.group_by_folder;
  take_data(opening, data, {Part::train, Part::select, Part::test}, purpose, options.seed);
}

/// Opens sides of 16-bit images again whose numbers reach less far than the other side's, so that white is one number.
void bring_white_together(Opening& p, Opening& q, DataOptions options) {
  if (p.white == 0 || q.white == 0 || p.white == q.white) return;
  options.white = std::max(p.white, q.white);
  Opening& other = p.white < q.white ? p : q;
  open_data(other, options, "measure");
}

/// Draws a side from its density.
void draw_from(std::shared_ptr<const Distribution> density, uint64_t seed, const std::string& purpose,
               Opening& opening) {
  opening.side.density = std::move(density);
  opening.draw = [density = opening.side.density, seed, purpose] {
    return [density, rng = make_rng(seed, purpose)](int64_t n) mutable -> Batch {
      return {shown(*density, density->sample(n, rng)), {}};
    };
  };
}

/// What begins a side.
struct Beginning {
  const std::string& name;
  std::string purpose;
  const GivenSide* given = nullptr;
};

/// Opens a side as far as it does not depend on the other one.
Opening begin(const Beginning& of, const MeasureCommand& command, const ReadProgress& progress) {
  const auto& [name, purpose, given] = of;
  const auto seed = command.seed;
  Opening opening;
  opening.side.name = name;
  opening.given = given;
  if (given != nullptr) {
    if (!given->density.empty()) draw_from(parse_density(given->density, name), seed, purpose, opening);
    opening.side.table = given->table;
    return opening;
  }
  if (is_run(name)) {
    opening.run = std::make_shared<MeasuredRun>(open_measured_run(name, command.which));
    if (opening.run->trained.shape.size() == 1 && !opening.run->trained.rule.kept)  // which has another density
      opening.side.density = opening.run->trained.mixture;
    opening.draw = run_draws(opening.run, derive_seed(seed, purpose));
    opening.side.label_names = opening.run->trained.classes.names;
  } else if (auto density = density_of(name); density != nullptr) {
    draw_from(std::move(density), seed, purpose, opening);
  } else if (is_torchscript(name)) {
    opening.draw = script_draws(name, command, derive_seed(seed, purpose), opening.remarks);
  } else if (!name.empty() && may_be_table(name)) {
    opening.side.table = std::make_shared<TextTable>(read_table(name, progress));
  }
  if (path_of_data(name) == name && opening.run == nullptr && !is_read_once(name)) opening.side.path = name;
  return opening;
}

/// Refuses rows that the run's generator trained on.
void check_beside_run(const Side& side, MeasuredRun& run, const MeasureCommand& command,
                      std::vector<std::string>& warnings) {
  if (!side.x.defined()) return;
  if (run.trained.codec == nullptr && side.x.sizes().slice(1) != at::IntArrayRef(run.trained.shape)) return;
  const auto rows = side.images.count > 0 ? hashes_of(side.images) : known_hashes(run, side.x);
  check_unseen(run, rows, side.name, command.include_training, warnings);
}

/// Opens a side of data beside a run, prepared as the run's own.
void open_beside_run(Opening& opening, MeasuredRun& run, const MeasureCommand& command,
                     std::vector<std::string>& warnings) {
  Side& side = opening.side;
  if (!side.name.empty() && !same_place(side.name, run.data_path)) {
    DataOptions as_run = run.data_options;
    as_run.memory_bytes = kImageMemory;
    open_data(opening, as_run, "measure");
    const std::vector<int64_t>& shape = run.trained.shape;
    if (side.x.defined() && side.x.dim() == 4 && side.x.sizes().slice(1) != at::IntArrayRef(shape))
      throw Error(side.name + ": expected images of the shape that " + run.path + " was trained on, " +
                  shape_text(shape) + " as [channels, height, width], got " +
                  shape_text(side.x.sizes().slice(1).vec()));
    check_beside_run(side, run, command, warnings);
    return;
  }
  const auto own = own_data(run);
  const bool fresh = own->summary().count == 0;
  take_data(opening, own, fresh ? std::vector<Part>{} : measured_parts(*own, command.include_training, warnings),
            "measure", command.seed);
  opening.in_groups = run.data_options.group_by_folder;
  side.name = run.data_path + (command.include_training ? "" : " (test)");
  side.path.clear();
}

/// Opens what the generator was trained on: what the command names, else the run's own data, where they are.
void open_training(const MeasureCommand& command, const Opening& q, DataOptions options, Sides& sides) {
  TrainingRows& training = sides.training;
  if (!command.training.empty()) {
    training.name = command.training;
    if (q.run != nullptr) options = q.run->data_options;
    if (const std::string file = path_of_data(training.name); !file.empty() && !fs::exists(file))
      refuse(training.name, "a path where there is nothing");
    if (sides.table && q.run == nullptr && may_be_table(training.name)) {
      training.x = read_training_table(training.name, command, sides);
      return;
    }
    training.data = open_dataset(command.training, options);
  } else if (q.run != nullptr && has_own_data(*q.run)) {
    training.name = q.run->data_path;
    training.own = true;
    training.data = own_data(*q.run);
  }
  if (training.data == nullptr) return;
  const DataSummary& data = training.data->summary();
  std::vector<int64_t> shape = sides.q.x.sizes().slice(1).vec();
  if (data.codec != nullptr) shape = data.shape;  // of encoded rows, of which no side tells
  if (command.training.empty() && data.shape != shape) {
    training = {};  // the run prepared its data in another way
    return;
  }
  if (data.shape != shape)
    throw Error(training.name + ": expected training data of the shape of " + sides.q.name + ", " + shape_text(shape) +
                ", got " + shape_text(data.shape));
  if (data.count == 0) return;  // fresh at every draw: there is nothing to copy
  // what the user names is training data as a whole; of a run's own data, the part train is
  const std::vector<Part> parts = command.training.empty() || q.run != nullptr
                                      ? std::vector<Part>{Part::train}
                                      : std::vector<Part>{Part::train, Part::select, Part::test};
  if (data.shape.size() == 3)
    training.images = rows_of_dataset(training.data, parts);
  else
    training.x = points_of(*training.data, parts);
}

/// Encodes the tables among the sides.
void encode_tables(Opening& p, Opening& q, const MeasureCommand& command, const TableSchema* earlier, Sides& sides) {
  const TableOptions options = table_options(command);
  std::vector<const TextTable*> tables;
  for (const Opening* side : {&p, &q})
    if (side->side.table != nullptr) tables.push_back(side->side.table.get());
  const MeasuredRun* run = p.run != nullptr ? p.run.get() : q.run.get();
  // a run's schema says what the columns are, and which are taken
  const TableSchema* of_run = run != nullptr && run->schema.has_value() ? &run->schema.value() : nullptr;
  const bool by_run = of_run != nullptr;
  sides.table = by_run || !tables.empty();
  if ((tables.empty() || by_run) && !(command.columns.empty() && command.drop.empty() && command.categorical.empty()))
    throw UsageError("measure: expected a table for --columns, --categorical and --drop, got " +
                     (by_run ? "one beside a run, whose columns are taken" : std::string("none")));
  if (earlier != nullptr && !by_run)
    for (const auto* table : tables) check_columns(*earlier, *table, options);
  if (earlier != nullptr || by_run)
    sides.schema = earlier != nullptr ? *earlier : *of_run;
  else if (!tables.empty())
    sides.schema = read_schema(tables, options, sides.warnings);
  for (Opening* side : {&p, &q})
    if (side->side.table != nullptr) side->side.x = encode(sides.schema, *side->side.table, sides.warnings);
  const bool of_rows = run != nullptr && run->trained.codec != nullptr;
  for (const auto& [side, other] : {std::pair(&p, &q), std::pair(&q, &p)}) {
    if (side->side.table == nullptr || other->side.table != nullptr) continue;
    for (const auto& column : sides.schema.columns)
      if (column.categorical() && !of_rows)
        throw Error(side->side.name + ": expected numbers alone beside " + other->side.name +
                    ", which is no table, got categories in column '" + column.name + "' (--drop leaves a column out)");
    if (other->run != nullptr) check_beside_run(side->side, *other->run, command, sides.warnings);
  }
}

/// How images are prepared, where no run says it.
TrainOptions image_options(const MeasureCommand& command) {
  TrainOptions options;
  for (const auto& setting : command.settings) set_option(options, setting.name, setting.text, setting.where);
  return options;
}

/// Draws a side that is fresh at every draw.
void draw_side(Opening& opening, int64_t count, uint64_t seed) {
  const Tensor first = opening.draw()(1).x;
  if (first.dim() == 4)
    take_images(opening.side, rows_of_draws(count, opening.draw), seed);
  else
    opening.side.x = opening.draw()(count).x;
}

void name_coordinates(Sides& sides) {
  std::vector<SchemaColumn>& columns = sides.schema.columns;
  if (!columns.empty() || sides.p.x.dim() != 2 || sides.p.x.size(1) > kMostNamed) return;
  for (int64_t i = 0; i < sides.p.x.size(1); ++i) columns.push_back({"x" + std::to_string(i)});
}

}  // namespace

Sides open_images(const MeasureCommand& command, const std::string& name, ProgressLine& line) {
  DataOptions options = data_options(image_options(command));
  options.seed = command.seed;
  options.largest_size = kLargestKept;
  options.memory_bytes = kImageMemory;
  options.progress = [&](int64_t done, int64_t total) { line.show("reading", done, total, "", done == total); };
  Opening opening = begin({name, "features"}, command, {});
  if (opening.side.table == nullptr && !opening.draw) open_data(opening, options, "features");
  if (opening.draw) draw_side(opening, command.count > 0 ? command.count : kDraws, command.seed);
  line.end();
  if (opening.side.images.count == 0) throw Error(name + ": expected images, got points");
  Sides sides;
  sides.q = opening.side;
  open_training(command, opening, options, sides);
  return sides;
}

Categorical categorical_columns(const Sides& sides) {
  return sides.table ? categorical_columns(sides.schema) : Categorical();
}

TableOptions table_options(const MeasureCommand& command) {
  return {command.columns, command.drop, command.categorical};
}

Sides open_sides(const MeasureCommand& command, ProgressLine& line, const OpenedFrom& from) {
  if (command.p.empty() && (from.given.q != nullptr || !is_run(command.q)))
    throw UsageError("measure: expected P and Q, or one run, got " + command.q + " alone");
  if (command.p == kStandardInput && command.q == kStandardInput)
    throw UsageError("measure: expected one side from standard input, got - for both");
  const auto reading = [&](const std::string& name) {
    return [&, label = "reading " + name + ", MB"](int64_t bytes, int64_t size) {
      line.show(label, bytes / kMegabyte, size / kMegabyte, "");
    };
  };
  Opening p = begin({command.p, "measure/p", from.given.p}, command, reading(command.p));
  line.end();
  Opening q = begin({command.q, "measure/q", from.given.q}, command, reading(command.q));
  if (!command.settings.empty() && (p.run != nullptr || q.run != nullptr))
    throw UsageError(command.settings.front().where +
                     ": expected no run, whose data are prepared as it was trained, got " +
                     (q.run != nullptr ? q : p).side.name);
  Sides sides;
  DataOptions plain = data_options(image_options(command));
  plain.seed = command.seed;
  plain.largest_size = kLargestKept;
  plain.memory_bytes = kImageMemory;
  plain.progress = [&](int64_t done, int64_t total) { line.show("reading", done, total, "", done == total); };
  const auto open = [&](Opening& side, const Opening& other, const std::string& purpose) {
    if (side.draw || side.side.table != nullptr) return;
    if (other.run != nullptr)
      open_beside_run(side, *other.run, command, sides.warnings);
    else
      open_data(side, plain, purpose);
  };
  open(p, q, "measure/p");
  open(q, p, "measure/q");
  bring_white_together(p, q, plain);
  line.end();
  for (const Opening* side : {&p, &q})
    for (const auto& remark : side->remarks) sides.warnings.push_back(side->side.name + ": " + remark);
  encode_tables(p, q, command, from.earlier, sides);

  const int64_t rows = p.side.x.defined() ? p.side.count() : q.side.x.defined() ? q.side.count() : kDraws;
  for (Opening* side : {&p, &q}) {
    if (side->draw) draw_side(*side, command.count > 0 ? command.count : rows, command.seed);
    if (side->run != nullptr && side->run->trained.rule.count.drawn > 0)
      sides.warnings.push_back(side->side.name + " keeps its constraint: " + kept_text(side->run->trained.rule));
  }
  sides.p_in_groups = p.in_groups;
  sides.p = std::move(p.side);
  sides.q = std::move(q.side);
  open_training(command, q, plain, sides);
  if (command.stream.empty()) leave_out_keys(command, sides);
  if (!command.stream.empty())  // which takes all rows, in their order
    for (Side* side : {&sides.p, &sides.q})
      if (side->images.count > side->x.size(0)) {
        side->told = at::arange(side->images.count, at::kLong);
        side->x = pick_images(side->images, side->told);
      }
  if (!command.settings.empty() && sides.p.x.dim() != 4)
    throw UsageError(command.settings.front().where + ": expected images, got " + sides.p.name);
  name_coordinates(sides);
  return sides;
}

}  // namespace saddle::cli
