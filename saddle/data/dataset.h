// Data sets: files or built-in distributions, prepared for training, in three parts.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "saddle/base/sampler.h"
#include "saddle/base/tensor.h"
#include "saddle/base/units.h"
#include "saddle/data/schema.h"
#include "saddle/tables/table_codec.h"

namespace saddle {

/// `train` trains; of `select` the half `steering` steers while training, and the half `reporting` tells how it
/// goes, and steers nothing; `test` steers nothing: only the final report and `saddle measure` read it.
enum class Part { train, select, test, steering, reporting };

/// How data are read and prepared.
struct DataOptions {
  int64_t image_size = 0;                               // pixels a side; 0: from the data
  int64_t largest_size = 256;                           // pixels a side that images of one size may keep
  std::string crop = "none";                            // square: the central square of each image
  std::string channels = "auto";                        // grey, rgb, rgba; auto: grey or rgb, from the data
  std::array<uint8_t, 3> background = {255, 255, 255};  // what transparency is laid on, unless it is kept
  int64_t white = 0;                                    // the number that is white in 16-bit images; 0: from the data
  std::string augment = "none";                         // none, flip; of the train part only
  std::array<double, 3> split = {0.8, 0.1, 0.1};        // shares of train, select and test
  TableOptions table = {};                              // of a table: which columns are taken
  std::map<std::string, ColumnRole> roles = {};         // of a table's columns, by name; of others `find_role`'s
  std::vector<std::string> condition = {};              // of a table: columns whose values together are labels
  bool as_rows = false;                                 // a table of numbers alone is a table too, rather than points
  std::string labels_file = {};                         // of images, label_file.h; empty: the labels that they bring
  bool group_by_folder = false;                         // what shares a folder stays in one part
  bool skip_bad = false;                                // count and list unreadable files instead of stopping
  int64_t max_pixels = 100'000'000;                     // an image that claims more is refused
  int64_t memory_bytes = 2'000'000'000;                 // above it decoded images live in a memory-mapped file
  std::string cache_dir = {};                           // where that file goes; empty: the system's temporary folder
  uint64_t seed = 0;                                    // of the split and of built-in data
  int64_t builtin_count = 20'000;                       // images of builtin:faces
  int64_t workers = 2;                                  // threads that decode
  std::function<void(int64_t done, int64_t total)> progress = {};  // of the first decoding; may be empty
};

/// What was found, for people and for the run directory.
struct DataSummary {
  std::string name;                         // the path or builtin: name
  std::string kind;                         // "images", "points" or "table"
  std::string source;                       // "image folder", "IDX", "NPY", "table", "built in"
  int64_t count = 0;                        // samples in all parts; 0: every draw is fresh
  std::array<int64_t, 3> parts{};           // samples of train, select, test; 0: every draw is fresh
  int64_t steering = 0, reporting = 0;      // samples of both halves of select; 0: every draw is fresh
  std::vector<int64_t> shape;               // of one prepared sample
  Units units;                              // of points, by the part train; undefined for images
  TableSchema schema;                       // of a table, by all rows; without columns for other data
  std::shared_ptr<const TableCodec> codec;  // of the kind "table", by the part train; null for other data
  int64_t smallest_width = 0, smallest_height = 0, largest_width = 0,
          largest_height = 0;         // of images, as they came
  int64_t white = 0;                  // the number of 16-bit images that became 255; 0: there are none
  double crop_loss = 0;               // share of the pixels that the centre crop cuts off, on average
  std::vector<std::string> labels;    // their names, by the numbers in Batch::labels; empty: none
  std::vector<int64_t> label_counts;  // samples of each label, in all parts
  std::vector<std::array<int64_t, 3>>
      label_parts;              // the same in train, select and test; empty: the parts have no fixed rows
  std::string label_content;    // tells these labels from others; empty: none
  Tensor label_rows;            // [K, width] float32, of a table: what a label says of encoded rows, 0 elsewhere
  int64_t channel_classes = 0;  // of stacks: K labels of the images, one of K^2 a + K b + c; 0: no stacks, or none
  std::vector<int64_t> channel_label_counts;  // images of each of these, in all parts
  std::vector<std::string> problems;          // one line each: skipped files, mixed channels, duplicates, small parts
  std::vector<std::string> remarks;           // one line each: what was made of sizes, colours, transparency, damage
  std::string content;                        // tells these prepared samples from others; empty: every draw is fresh
};

/// Files or a built-in distribution, prepared for training.
///
/// Images come as float32 [n, C, H, W] in [-1, 1], in channels_last memory. Points have two forms: samplers, from which
/// networks learn, give float32 [n, d] in the summary's units; `first` gives float64 [n, d] as they are. Rows of a
/// table likewise: samplers give them encoded, float32 [n, d], and `first` gives float64 [n, columns] as the schema has
/// them.
///
/// The parts have exactly the shares asked for, rounded, of the samples ranked by a keyed hash: of an image
/// file's decoded full-size pixels (so that exact copies stay together, whatever their names), of the
/// folder's name with `group_by_folder`, of the row's content in an array. Copies and groups are never torn
/// apart, which may move a share by one of them; of points, more than 8 equal rows are no copies but a value that
/// repeats, and are dealt one by one. Both halves of select are cut in the same way. Every part has at least one
/// sample. A built-in density gives fresh draws for every part.
class Dataset {
 public:
  virtual ~Dataset() = default;

  const DataSummary& summary() const { return summary_; }  // what was found

  /// An endless sampler over one part: epochs shuffled without replacement (fresh draws for a density),
  /// augmented for `train` as the options say. Its draws depend on (seed, part, purpose) and its state alone.
  /// It keeps what it needs of the data set alive.
  virtual std::unique_ptr<Sampler> sampler(Part part, const std::string& purpose) const = 0;

  /// A sampler over one part that shows each class that the part has equally often: class by class in an order that is
  /// shuffled anew for each round, and within a class by shuffled epochs. Null where samples have no labels of their
  /// own.
  virtual std::unique_ptr<Sampler> even_sampler(Part /*part*/, const std::string& /*purpose*/) const { return nullptr; }

  /// Returns the first n samples of a part in a fixed order, unaugmented; fewer where the part has fewer.
  virtual Batch first(Part part, int64_t n) const = 0;

  /// Returns up to n samples of that order from number `begin` on, so that nobody needs to hold a whole part.
  virtual Batch rows(Part part, int64_t begin, int64_t n) const;

  /// Of stacked images: a sampler over the single grey images of a part, with their labels, from which a classifier of
  /// the channels learns. Null for other data.
  virtual std::unique_ptr<Sampler> channel_sampler(Part /*part*/, const std::string& /*purpose*/) const {
    return nullptr;
  }

 protected:
  Dataset() = default;
  Dataset(const Dataset&) = default;             // copies
  Dataset& operator=(const Dataset&) = default;  // copies
  DataSummary summary_;
};

/// Opens DATA: a folder of images or of .npy arrays, an IDX file, an .npy array, a list of such pieces (.list,
/// piece_list.h), a table, a density (.json), "builtin:NAME", or "stacked:DATA", three grey images of DATA as the
/// channels of one (stacked.h).
///
/// Images of one size keep it, from 8 to 256 pixels a side. Where `image_size` is set, or sizes differ, they are cut to
/// their central square and resized with antialiasing, to a power of two that suits them where it is 0
/// (builtin:faces: 32). Where `channels` is auto, one image in colour makes all of them rgb; four channels are
/// colours multiplied by alpha, and alpha. Throws: Error with the path and what to do, for everything that cannot be
/// read.
std::unique_ptr<Dataset> open_dataset(const std::string& data, const DataOptions& options);

/// The path in DATA, which "stacked:" may stand before; empty for built-in data.
std::string path_of_data(const std::string& data);

/// DATA with its path made absolute.
std::string absolute_data(const std::string& data);

/// The names that follow "builtin:".
std::vector<std::string> builtin_names();

}  // namespace saddle
