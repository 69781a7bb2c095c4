// Implements IDX and NPY data, and tables as points.
#include "saddle/data/array_files.h"

#include <unordered_map>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/data/array_dataset.h"
#include "saddle/data/label_file.h"
#include "saddle/data/parallel.h"
#include "saddle/data/parse_condition.h"
#include "saddle/data/pixel_store.h"
#include "saddle/data/prepare.h"
#include "saddle/data/table_rows.h"
#include "saddle/io/hash.h"
#include "saddle/io/idx.h"
#include "saddle/io/npy.h"
#include "saddle/io/parquet.h"

namespace saddle {
namespace {

constexpr int64_t kMostCopies = 8;           // equal points that may be copies of one
constexpr double kMissingKey = -0x1.5p1000;  // stands for a missing value where rows are hashed

std::string shape_text(const Tensor& x) {
  std::string text = "[";
  for (int64_t i = 0; i < x.dim(); ++i) text += (i ? ", " : "") + std::to_string(x.size(i));
  return text + "]";
}

/// A hash of the bytes of a dense tensor, whatever the order of its dimensions.
uint64_t content_hash(const Tensor& x) {
  return hash_bytes({static_cast<const char*>(x.const_data_ptr()), x.nbytes()},
                    static_cast<uint64_t>(x.numel() / x.size(0)));
}

/// A keyed hash of the bytes of each of the first dimension's parts, in the order in which they lie.
std::vector<uint64_t> row_hashes(const Tensor& x, uint64_t key) {
  const size_t bytes = x.nbytes() / static_cast<size_t>(x.size(0));
  const auto* data = static_cast<const char*>(x.const_data_ptr());
  std::vector<uint64_t> hashes;
  hashes.reserve(static_cast<size_t>(x.size(0)));
  for (int64_t i = 0; i < x.size(0); ++i)
    hashes.push_back(hash_bytes({data + static_cast<size_t>(i) * bytes, bytes}, key));
  return hashes;
}

/// Keys by which rows are dealt: of what they hold, so that copies stay together. Of points, values that repeat more
/// often than copies do are part of the distribution, which every part must show: their rows are dealt one by one.
std::vector<uint64_t> keys_of_rows(const Tensor& x, DataSummary& summary, const DataOptions& options) {
  if (options.group_by_folder)
    throw Error(summary.name + ": expected a folder of images for --group folder, got an array");
  const bool points = x.dim() == 2;
  std::vector<uint64_t> keys = row_hashes(points ? x + 0.0 : x, derive_seed(options.seed, "content"));  // -0 becomes 0
  std::unordered_map<uint64_t, int64_t> counts;
  for (const uint64_t key : keys) ++counts[key];
  int64_t repeated = 0;
  for (size_t i = 0; points && i < keys.size(); ++i)
    if (counts[keys[i]] > kMostCopies) keys[i] = row_key(options.seed, static_cast<int64_t>(i)), ++repeated;
  if (repeated > 0)
    summary.problems.push_back(
        std::to_string(repeated) + " rows equal more than " + std::to_string(kMostCopies - 1) +
        " others: taken as values that repeat, not as copies, so that equal rows stand in all parts");
  const int64_t copies = points ? 0 : x.size(0) - static_cast<int64_t>(counts.size());
  if (copies > 0)
    summary.problems.push_back(std::to_string(copies) + " images are exact copies of others: they stay in one part");
  return keys;
}

/// Grey, colour, or colour and transparency.
bool is_colour(int64_t channels) { return channels == 1 || channels == 3 || channels == 4; }

/// How numbers become bytes: byte = round(scale * number + offset).
struct Range {
  double scale = 1, offset = 0;
  std::string remark = {};  // for the summary's problems
};

/// Tells by the smallest and the largest number what the numbers of images mean.
Range find_range(const Tensor& x, const std::string& path) {
  require_finite(x, path);
  const auto [low_tensor, high_tensor] = at::aminmax(x);
  const auto low = low_tensor.item<double>(), high = high_tensor.item<double>();
  const bool whole = !x.is_floating_point();
  if (whole && low >= 0 && high <= 1) return {255, 0, "values are 0 and 1 only: shown as black and white"};
  if (x.scalar_type() == at::kByte) return {};
  if (whole && low >= 0 && high <= 255) return {};
  if (!whole && low >= 0 && high <= 1) return {255, 0, "floats in [0, 1]: kept as 256 levels"};
  if (!whole && low >= -1 && high <= 1) return {127.5, 127.5, "floats in [-1, 1]: kept as 256 levels"};
  if (!whole && low >= 0 && high <= 255) return {1, 0, "floats in [0, 255]: kept as 256 levels"};
  throw Error(path + ": expected images with values in [0, 1], [-1, 1] or [0, 255], got values from " +
              std::to_string(low) + " to " + std::to_string(high));
}

/// One image [H, W, C] as bytes.
Tensor as_bytes(const Tensor& image, const Range& range) {
  if (image.scalar_type() == at::kByte && range.scale == 1) return image.contiguous();
  return (image.to(at::kDouble) * range.scale + range.offset).round().to(at::kByte).contiguous();
}

/// Makes a data set of images [N, H, W, C] of any type; a view of the file's array.
std::unique_ptr<Dataset> open_images(const Tensor& x, const Tensor& labels, DataSummary summary,
                                     const DataOptions& options) {
  const int64_t count = x.size(0), height = x.size(1), width = x.size(2);
  const Range range = find_range(x, summary.name);
  const ImageForm form = choose_form({{height, width}}, x.size(3) >= 3, options, summary);
  summary.crop_loss = crop_loss({height, width}, form);
  if (!range.remark.empty()) summary.problems.push_back(range.remark);
  if (x.size(3) == 4)
    summary.remarks.push_back(form.channels == 4
                                  ? "the fourth channel is transparency: the colours are multiplied by it"
                                  : "the fourth channel is transparency: laid on " + colour_name(form.background) +
                                        " (--background COLOUR for another, --channels rgba keeps it)");
  std::vector<uint64_t> keys = keys_of_rows(x, summary, options);
  Parts parts = split_by_rank(keys, options.split, options.seed, summary.name);

  const bool as_they_are = x.scalar_type() == at::kByte && x.is_contiguous() && range.scale == 1 &&
                           height == form.height && width == form.width && x.size(3) == form.channels &&
                           form.channels < 4;
  PixelStore store;
  if (as_they_are) {
    store.pixels = x;
    if (options.progress) options.progress(count, count);
  } else {
    store = allocate_pixels({count, form.height, form.width, form.channels},
                            options.memory_bytes - static_cast<int64_t>(x.nbytes()), options.cache_dir);
    auto* pixels = store.pixels.mutable_data_ptr<uint8_t>();
    const auto prepare = [&](int64_t i) {
      const Tensor image = prepare_image(as_bytes(x.select(0, i), range), form);
      std::copy_n(image.const_data_ptr<uint8_t>(), form.bytes(), pixels + i * form.bytes());
      if (store.used) store.used(1);
    };
    for_each_parallel(count, options.workers, prepare, options.progress);
  }
  const uint64_t fingerprint = row_key(content_hash(x), static_cast<int64_t>(form_key(form)));
  return make_array_dataset({store.pixels, labels, fingerprint, store.used, std::move(keys)}, std::move(parts),
                            std::move(summary), options);
}

/// The same with the labels of --labels FILE, where there is one.
std::unique_ptr<Dataset> open_labelled(const Tensor& x, DataSummary summary, const DataOptions& options) {
  if (options.labels_file.empty()) return open_images(x, {}, std::move(summary), options);
  Labels labels = read_row_labels(options.labels_file, x.size(0), options.memory_bytes);
  summary.labels = std::move(labels.names);
  return open_images(x, labels.numbers, std::move(summary), options);
}

std::unique_ptr<Dataset> open_points(const Tensor& x, DataSummary summary, const DataOptions& options) {
  const Tensor points = x.is_floating_point() ? x.contiguous() : x.to(at::kDouble);
  require_finite(points, summary.name);
  std::vector<uint64_t> keys = keys_of_rows(points, summary, options);
  Parts parts = split_by_rank(keys, options.split, options.seed, summary.name);
  return make_array_dataset({points, {}, content_hash(points), {}, std::move(keys)}, std::move(parts),
                            std::move(summary), options);
}

/// Makes a data set of a table's rows as `encode` gives them.
std::unique_ptr<Dataset> open_rows(const Tensor& x, DataSummary summary, const DataOptions& options) {
  const Tensor hashed = x.nan_to_num(kMissingKey);  // NaN has many bit patterns
  std::vector<uint64_t> keys = keys_of_rows(hashed, summary, options);
  Parts parts = split_by_rank(keys, options.split, options.seed, summary.name);
  const Tensor labels = options.condition.empty() ? Tensor() : condition_labels(x, options.condition, summary);
  return make_array_dataset({x.contiguous(), labels, content_hash(hashed), {}, std::move(keys), /*as_rows=*/true},
                            std::move(parts), std::move(summary), options);
}

DataSummary summary_of(const std::string& path, const char* source) {
  DataSummary summary;
  summary.name = path;
  summary.source = source;
  return summary;
}

/// The labels of an IDX file of images, where a file with them lies beside it.
Tensor read_labels(const std::string& images, int64_t count, int64_t max_bytes) {
  const std::filesystem::path path = images;
  std::string name = path.filename();
  for (const auto& [from, to] : {std::pair("images", "labels"), std::pair("idx3", "idx1"), std::pair("idx4", "idx1")})
    if (const size_t at = name.find(from); at != std::string::npos) name.replace(at, std::string_view(from).size(), to);
  const std::string file = path.parent_path() / name;
  if (name == path.filename() || !std::filesystem::exists(file)) return {};
  const Tensor labels = read_idx(file, max_bytes);
  if (labels.dim() != 1 || labels.size(0) != count)
    throw Error(file + ": expected " + std::to_string(count) + " labels, one for each image of " + images + ", got " +
                shape_text(labels));
  return labels.to(at::kLong);
}

}  // namespace

void require_finite(const Tensor& x, const std::string& path) {
  if (!x.is_floating_point() || x.sum().isfinite().item<bool>()) return;  // one pass without a copy in the usual case
  const Tensor finite = x.isfinite().flatten();
  if (finite.all().item<bool>()) return;  // only their sum was too large
  const int64_t place = finite.logical_not().to(at::kByte).argmax().item<int64_t>(), width = x.numel() / x.size(0);
  throw Error(path + ": expected finite numbers, got " +
              (x.flatten()[place].isnan().item<bool>() ? "NaN" : "infinity") + " in row " +
              std::to_string(place / width) + ", column " + std::to_string(place % width) + " (counted from 0)");
}

std::unique_ptr<Dataset> open_idx(const std::string& path, const DataOptions& options) {
  const Tensor x = read_idx(path, options.memory_bytes);
  const bool plain = x.dim() == 3, deep = x.dim() == 4 && is_colour(x.size(3));
  if (!(plain || deep) || x.numel() == 0)
    throw Error(path + ": expected images [N, H, W] or [N, H, W, 1, 3 or 4], got " + shape_text(x) +
                (x.dim() == 1 ? " (a file of labels? name the file of images)" : ""));
  DataSummary summary = summary_of(path, "IDX");
  if (!options.labels_file.empty()) return open_labelled(plain ? x.unsqueeze(3) : x, std::move(summary), options);
  const Tensor labels = read_labels(path, x.size(0), options.memory_bytes);
  if (labels.defined())
    for (int64_t k = 0, last = labels.max().item<int64_t>(); k <= last; ++k)
      summary.labels.push_back(std::to_string(k));
  return open_images(plain ? x.unsqueeze(3) : x, labels, std::move(summary), options);
}

std::unique_ptr<Dataset> open_npy(const std::string& path, const DataOptions& options) {
  return open_array(read_npy(path, options.memory_bytes), path, options);
}

std::unique_ptr<Dataset> open_array(const Tensor& array, const std::string& name, const DataOptions& options) {
  const Tensor x = array.dim() == 1 ? array.unsqueeze(1) : array;
  DataSummary summary = summary_of(name, "NPY");
  if (x.numel() > 0) {
    if (x.dim() == 2) return open_points(x, std::move(summary), options);
    if (x.dim() == 3) return open_labelled(x.unsqueeze(3), std::move(summary), options);
    if (x.dim() == 4 && is_colour(x.size(3))) return open_labelled(x, std::move(summary), options);
    if (x.dim() == 4 && is_colour(x.size(1)))
      return open_labelled(x.permute({0, 2, 3, 1}), std::move(summary), options);
  }
  throw Error(name +
              ": expected points [N, d] or [N], or images [N, H, W], [N, H, W, C] or [N, C, H, W] with C 1, 3 or 4, " +
              "got " + shape_text(array));
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
  return open_points(x, std::move(summary), options);
}

}  // namespace saddle
