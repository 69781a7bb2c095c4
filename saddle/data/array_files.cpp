// Implements IDX and NPY data, and tables as points.
#include "saddle/data/array_files.h"

#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/data/array_dataset.h"
#include "saddle/data/data_config.h"
#include "saddle/data/label_file.h"
#include "saddle/data/parallel.h"
#include "saddle/data/parse_condition.h"
#include "saddle/data/pixel_store.h"
#include "saddle/data/prepare.h"
#include "saddle/data/table_rows.h"
#include "saddle/io/hash.h"
#include "saddle/io/idx.h"
#include "saddle/io/parquet.h"

namespace saddle {
namespace {

constexpr int64_t kMostCopies = 8;  // equal points that may be copies of one
constexpr int64_t kMostBlockBytes = 1 << 24;
constexpr double kMissingKey = -0x1.5p1000;  // stands for a missing value where rows are hashed

/// The bytes of a dense tensor, whatever the order of its dimensions.
std::string_view bytes_of(const Tensor& x) { return {static_cast<const char*>(x.const_data_ptr()), x.nbytes()}; }

/// The bytes of one of the first dimension's parts, in the order in which they lie.
std::string_view bytes_of_row(const Tensor& x, int64_t i) {
  const size_t bytes = x.nbytes() / static_cast<size_t>(x.size(0));
  return bytes_of(x).substr(static_cast<size_t>(i) * bytes, bytes);
}

/// A hash of what rows hold; the numbers in a row tell [2, 3] from [3, 2].
PartsHash content_hash(at::IntArrayRef shape) {
  return PartsHash(static_cast<uint64_t>(c10::multiply_integers(shape.slice(1))));
}

uint64_t key_of_keys(const DataOptions& options) { return derive_seed(options.seed, "content"); }

/// Adds the keyed hashes of the rows of points: -0 is 0.
void add_keys(const Tensor& points, const DataOptions& options, std::vector<uint64_t>& keys) {
  const Tensor x = points + 0.0;
  for (int64_t i = 0; i < x.size(0); ++i) keys.push_back(hash_bytes(bytes_of_row(x, i), key_of_keys(options)));
}

/// Makes hashes of what rows hold the keys by which they are dealt, so that copies stay together. Of points, values
/// that repeat more often than copies do are part of the distribution, which every part must show: their rows are dealt
/// one by one.
void settle_keys(std::vector<uint64_t>& keys, bool points, DataSummary& summary, const DataOptions& options) {
  std::vector<uint64_t> sorted = keys;
  std::sort(sorted.begin(), sorted.end());
  int64_t repeated = 0;
  for (size_t i = 0; points && i < keys.size(); ++i) {
    const auto [first, last] = std::equal_range(sorted.begin(), sorted.end(), keys[i]);
    if (last - first > kMostCopies) keys[i] = row_key(options.seed, static_cast<int64_t>(i)), ++repeated;
  }
  if (repeated > 0)
    summary.problems.push_back(
        std::to_string(repeated) + " rows equal more than " + std::to_string(kMostCopies - 1) +
        " others: taken as values that repeat, not as copies, so that equal rows stand in all parts");
  const auto copies = sorted.end() - std::unique(sorted.begin(), sorted.end());
  if (!points && copies > 0)
    summary.problems.push_back(std::to_string(copies) + " images are exact copies of others: they stay in one part");
}

void refuse_groups(const DataSummary& summary, const DataOptions& options) {
  if (options.group_by_folder)
    throw Error(summary.name + ": expected a folder of images for --group folder, got an array");
}

/// Grey, colour, or colour and transparency.
bool is_colour(int64_t channels) { return channels == 1 || channels == 3 || channels == 4; }

/// How numbers become bytes: byte = round(scale * number + offset).
struct Range {
  double scale = 1, offset = 0;
  std::string remark = {};  // for the summary's problems
};

/// Tells by the smallest and the largest number what the numbers of images mean.
Range find_range(const ArrayRows& rows, const std::string& name) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  const bool whole = !c10::isFloatingType(rows.type());
  rows.for_each_block([&](const ArrayRows::Block& block) {
    require_finite(block.x, block.path, block.first_in_piece);
    const auto [least, most] = at::aminmax(block.x);
    low = std::min(low, least.item<double>());
    high = std::max(high, most.item<double>());
    return rows.type() != at::kByte || high <= 1;  // of bytes, one number tells the rest
  });
  if (whole && low >= 0 && high <= 1) return {255, 0, "values are 0 and 1 only: shown as black and white"};
  if (rows.type() == at::kByte) return {};
  if (whole && low >= 0 && high <= 255) return {};
  if (!whole && low >= 0 && high <= 1) return {255, 0, "floats in [0, 1]: kept as 256 levels"};
  if (!whole && low >= -1 && high <= 1) return {127.5, 127.5, "floats in [-1, 1]: kept as 256 levels"};
  if (!whole && low >= 0 && high <= 255) return {1, 0, "floats in [0, 255]: kept as 256 levels"};
  throw Error(name + ": expected images with values in [0, 1], [-1, 1] or [0, 255], got values from " +
              std::to_string(low) + " to " + std::to_string(high));
}

/// One image [H, W, C] as bytes.
Tensor as_bytes(const Tensor& image, const Range& range) {
  if (image.scalar_type() == at::kByte && range.scale == 1) return image.contiguous();
  return (image.to(at::kDouble) * range.scale + range.offset).round().to(at::kByte).contiguous();
}

/// Images as [N, H, W, C], a view of the array; undefined where it has another shape.
Tensor as_images(const Tensor& x) {
  if (x.dim() == 3) return x.unsqueeze(3);
  if (x.dim() == 4 && is_colour(x.size(3))) return x;
  return x.dim() == 4 && is_colour(x.size(1)) ? x.permute({0, 2, 3, 1}) : Tensor();
}

/// Images as bytes of one form, row by row.
struct Preparation {
  const ArrayRows& rows;
  Range range;
  ImageForm form;
  bool as_they_are;  // nothing is to be done to them
};

/// Prepares images, and takes hashes of what they were: of each row, and of all.
PixelStore prepare_rows(const Preparation& to, const DataOptions& options, std::vector<uint64_t>& keys,
                        PartsHash& content) {
  const int64_t count = to.rows.count(), image_bytes = to.form.bytes();
  const Tensor whole = to.rows.whole();
  PixelStore store;
  if (whole.defined() && to.as_they_are)
    store.pixels = as_images(whole);
  else
    store = allocate_pixels(
        {count, to.form.height, to.form.width, to.form.channels},
        options.memory_bytes - (whole.defined() ? static_cast<int64_t>(whole.nbytes()) : to.rows.block_bytes()),
        options.cache_dir);
  uint8_t* pixels = whole.defined() && to.as_they_are ? nullptr : store.pixels.mutable_data_ptr<uint8_t>();
  keys.resize(static_cast<size_t>(count));
  to.rows.for_each_block([&](const ArrayRows::Block& block) {
    content.add(bytes_of(block.x));
    const Tensor images = as_images(block.x);
    const auto prepare = [&, first = block.first](int64_t i) {
      keys[static_cast<size_t>(first + i)] = hash_bytes(bytes_of_row(images, i), key_of_keys(options));
      if (pixels == nullptr) return;
      uint8_t* out = pixels + (first + i) * image_bytes;
      const Tensor image = to.as_they_are ? Tensor() : prepare_image(as_bytes(images.select(0, i), to.range), to.form);
      std::copy_n(to.as_they_are ? images.const_data_ptr<uint8_t>() + i * image_bytes : image.const_data_ptr<uint8_t>(),
                  image_bytes, out);
    };
    const auto progress = [&, first = block.first](int64_t done, int64_t) {
      if (options.progress) options.progress(first + done, count);
    };
    for_each_parallel(images.size(0), options.workers, prepare, progress);
    if (store.used) store.used(images.size(0));
    return true;
  });
  return store;
}

/// Makes a data set of images of any type and layout.
std::unique_ptr<Dataset> open_images(const ArrayRows& rows, const Tensor& labels, DataSummary summary,
                                     const DataOptions& options) {
  refuse_groups(summary, options);
  const Tensor like = as_images(at::empty({1}, rows.type()).expand(rows.shape()));  // no memory
  const int64_t height = like.size(1), width = like.size(2), channels = like.size(3);
  const Range range = find_range(rows, summary.name);
  const ImageForm form = choose_form({{height, width}}, channels >= 3, options, summary);
  summary.crop_loss = crop_loss({height, width}, form);
  if (!range.remark.empty()) summary.problems.push_back(range.remark);
  if (channels == 4)
    summary.remarks.push_back(form.channels == 4
                                  ? "the fourth channel is transparency: the colours are multiplied by it"
                                  : "the fourth channel is transparency: laid on " + colour_name(form.background) +
                                        " (--background COLOUR for another, --channels rgba keeps it)");
  const bool as_they_are = rows.type() == at::kByte && range.scale == 1 && height == form.height &&
                           width == form.width && channels == form.channels && form.channels < 4 &&
                           (rows.shape().size() == 3 || is_colour(rows.shape()[3]));
  std::vector<uint64_t> keys;
  PartsHash content = content_hash(rows.shape());
  PixelStore store = prepare_rows({rows, range, form, as_they_are}, options, keys, content);
  settle_keys(keys, /*points=*/false, summary, options);
  Parts parts = split_by_rank(keys, options.split, options.seed, summary.name);
  const uint64_t fingerprint = row_key(content.value(), static_cast<int64_t>(form_key(form)));
  return make_array_dataset({store.pixels, labels, fingerprint, store.used, std::move(keys)}, std::move(parts),
                            std::move(summary), options);
}

/// The same with the labels of --labels FILE, where there is one, else with those that the arrays bring.
std::unique_ptr<Dataset> open_labelled(const ArrayRows& rows, DataSummary summary, const DataOptions& options) {
  if (!options.labels_file.empty()) {
    Labels labels = read_row_labels(options.labels_file, rows.count(), options.memory_bytes);
    summary.labels = std::move(labels.names);
    return open_images(rows, labels.numbers, std::move(summary), options);
  }
  const Tensor labels = rows.labels();
  if (labels.defined())
    for (int64_t k = 0, last = labels.max().item<int64_t>(); k <= last; ++k)
      summary.labels.push_back(std::to_string(k));
  return open_images(rows, labels, std::move(summary), options);
}

std::unique_ptr<Dataset> open_points(const ArrayRows& rows, DataSummary summary, const DataOptions& options) {
  refuse_groups(summary, options);
  const auto type = c10::isFloatingType(rows.type()) ? rows.type() : at::kDouble;
  const Tensor whole = rows.whole();
  const bool as_they_are = whole.defined() && whole.scalar_type() == type;
  PixelStore store;
  if (as_they_are)
    store.pixels = whole;
  else
    store = allocate_pixels(rows.shape(), options.memory_bytes - rows.block_bytes(), options.cache_dir, type);
  std::vector<uint64_t> keys;
  keys.reserve(static_cast<size_t>(rows.count()));
  PartsHash content = content_hash(rows.shape());
  rows.for_each_block([&](const ArrayRows::Block& block) {
    const Tensor x = block.x.to(type);
    require_finite(x, block.path, block.first_in_piece);
    content.add(bytes_of(x));
    add_keys(x, options, keys);
    if (!as_they_are) store.pixels.narrow(0, block.first, x.size(0)).copy_(x);
    if (store.used) store.used(x.size(0));
    return true;
  });
  settle_keys(keys, /*points=*/true, summary, options);
  Parts parts = split_by_rank(keys, options.split, options.seed, summary.name);
  return make_array_dataset({store.pixels, {}, content.value(), store.used, std::move(keys)}, std::move(parts),
                            std::move(summary), options);
}

/// Makes a data set of a table's rows as `encode` gives them.
std::unique_ptr<Dataset> open_rows(const Tensor& x, DataSummary summary, const DataOptions& options) {
  refuse_groups(summary, options);
  const Tensor hashed = x.nan_to_num(kMissingKey).contiguous();  // NaN has many bit patterns
  std::vector<uint64_t> keys;
  add_keys(hashed, options, keys);
  settle_keys(keys, /*points=*/true, summary, options);
  Parts parts = split_by_rank(keys, options.split, options.seed, summary.name);
  const Tensor labels = options.condition.empty() ? Tensor() : condition_labels(x, options.condition, summary);
  PartsHash content = content_hash(hashed.sizes());
  content.add(bytes_of(hashed));
  return make_array_dataset({x.contiguous(), labels, content.value(), {}, std::move(keys), /*as_rows=*/true},
                            std::move(parts), std::move(summary), options);
}

/// How many bytes of files may be read at once.
int64_t most_block_bytes(const DataOptions& options) {
  return std::clamp<int64_t>(options.memory_bytes / 8, 1, kMostBlockBytes);
}

DataSummary summary_of(const std::string& path, const char* source) {
  DataSummary summary;
  summary.name = path;
  summary.source = source;
  return summary;
}

/// Adds the labels of an IDX file of images, where a file with them lies beside it. Throws: Error where it holds no
/// images.
ArrayPiece labelled(ArrayPiece piece, const DataOptions& options) {
  const auto& shape = piece.shape;
  const bool plain = shape.size() == 3, deep = shape.size() == 4 && is_colour(shape[3]);
  if (!(plain || deep) || c10::multiply_integers(shape) == 0)
    throw Error(piece.path + ": expected images [N, H, W] or [N, H, W, 1, 3 or 4], got " + shape_text(shape) +
                (shape.size() == 1 ? " (a file of labels? name the file of images)" : ""));
  const std::filesystem::path path = piece.path;
  std::string name = path.filename();
  for (const auto& [from, to] : {std::pair("images", "labels"), std::pair("idx3", "idx1"), std::pair("idx4", "idx1")})
    if (const size_t at = name.find(from); at != std::string::npos) name.replace(at, std::string_view(from).size(), to);
  const std::string file = path.parent_path() / name;
  if (name == path.filename() || !std::filesystem::exists(file) || !options.labels_file.empty()) return piece;
  const Tensor labels = read_idx(file, options.memory_bytes);
  if (labels.dim() != 1 || labels.size(0) != shape[0])
    throw Error(file + ": expected " + std::to_string(shape[0]) + " labels, one for each image of " + piece.path +
                ", got " + shape_text(labels.sizes().vec()));
  piece.labels = labels.to(at::kLong);
  return piece;
}

}  // namespace

void require_finite(const Tensor& x, const std::string& path, int64_t first_row) {
  if (!x.is_floating_point() || x.sum().isfinite().item<bool>()) return;  // one pass without a copy in the usual case
  const Tensor finite = x.isfinite().flatten();
  if (finite.all().item<bool>()) return;  // only their sum was too large
  const int64_t place = finite.logical_not().to(at::kByte).argmax().item<int64_t>(), width = x.numel() / x.size(0);
  throw Error(path + ": expected finite numbers, got " +
              (x.flatten()[place].isnan().item<bool>() ? "NaN" : "infinity") + " in row " +
              std::to_string(first_row + place / width) + ", column " + std::to_string(place % width) +
              " (counted from 0)");
}

ArrayPiece idx_images(const std::string& path, const DataOptions& options) {
  return labelled(idx_piece(path, options.memory_bytes), options);
}

std::unique_ptr<Dataset> open_idx(const std::string& path, const DataOptions& options) {
  ArrayPiece piece = labelled(tensor_piece(read_idx(path, options.memory_bytes), path), options);
  return open_arrays({std::move(piece)}, summary_of(path, "IDX"), options);
}

std::unique_ptr<Dataset> open_npy(const std::string& path, const DataOptions& options) {
  return open_arrays({npy_piece(path, options.memory_bytes)}, summary_of(path, "NPY"), options);
}

std::unique_ptr<Dataset> open_array(const Tensor& array, const std::string& name, const DataOptions& options) {
  const Tensor x = array.dim() == 1 ? array.unsqueeze(1) : array;
  return open_arrays({tensor_piece(x, name)}, summary_of(name, "NPY"), options);
}

std::unique_ptr<Dataset> open_arrays(std::vector<ArrayPiece> pieces, DataSummary summary, const DataOptions& options) {
  const ArrayRows rows(std::move(pieces), most_block_bytes(options));
  const std::vector<int64_t>& shape = rows.shape();
  if (c10::multiply_integers(shape) > 0) {
    if (shape.size() == 2) return open_points(rows, std::move(summary), options);
    if (shape.size() == 3 || (shape.size() == 4 && (is_colour(shape[3]) || is_colour(shape[1]))))
      return open_labelled(rows, std::move(summary), options);
  }
  throw Error(summary.name +
              ": expected points [N, d] or [N], or images [N, H, W], [N, H, W, C] or [N, C, H, W] with C 1, 3 or 4, " +
              "got " + shape_text(shape));
}

std::unique_ptr<Dataset> open_table(const std::string& path, const DataOptions& options) {
  const TextTable table = read_table(path);
  DataSummary summary = summary_of(path, "table");
  summary.schema = read_schema({&table}, options.table, summary.remarks);
  const Tensor x = encode(summary.schema, table, summary.remarks);
  check_constraint(options.table, summary.schema, x, path);
  const auto categorical = categorical_columns(summary.schema);
  const bool points = std::find(categorical.begin(), categorical.end(), true) == categorical.end();
  if (options.as_rows || !options.condition.empty() || !options.roles.empty() || !points ||
      x.isnan().any().item<bool>()) {
    auto rows = open_rows(x, std::move(summary), options);
    check_constraint_on_keys(options.table, rows->summary().schema, *rows->summary().codec);
    return rows;
  }
  return open_points(ArrayRows({tensor_piece(x.contiguous(), path)}, most_block_bytes(options)), std::move(summary),
                     options);
}

}  // namespace saddle
