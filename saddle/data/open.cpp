// Implements the choice of what opens DATA.
#include "saddle/base/error.h"
#include "saddle/data/array_files.h"
#include "saddle/data/builtin.h"
#include "saddle/data/dataset.h"
#include "saddle/data/image_folder.h"
#include "saddle/data/piece_list.h"
#include "saddle/data/pieces.h"
#include "saddle/data/stacked.h"
#include "saddle/io/byte_source.h"
#include "saddle/io/csv.h"
#include "saddle/io/file_kind.h"
#include "saddle/io/idx.h"
#include "saddle/io/image.h"
#include "saddle/io/npy.h"

namespace saddle {
namespace {

constexpr std::string_view kBuiltinPrefix = "builtin:", kStackedPrefix = "stacked:";
constexpr int64_t kLargestImage = 4096;
constexpr const char* kExpected =
    "expected a folder of images or .npy arrays, an IDX file, an .npy array, a list of these (.list), a table, a "
    "density "
    "(.json), builtin:NAME or stacked:DATA";

void check_options(const DataOptions& o) {
  if (o.image_size != 0 && (o.image_size < 8 || o.image_size > kLargestImage))
    throw Error("image size: expected 8 to " + std::to_string(kLargestImage) +
                " pixels, or 0 for the data's own, got " + std::to_string(o.image_size));
  const auto check_choice = [](const std::string& what, const std::string& value,
                               const std::vector<std::string>& known) {
    if (std::find(known.begin(), known.end(), value) == known.end())
      throw Error("data: " + unknown_name(what, value, known));
  };
  check_choice("channels", o.channels, {"auto", "grey", "rgb", "rgba"});
  check_choice("crop", o.crop, {"none", "square"});
  check_choice("augmentation", o.augment, {"none", "flip"});
}

/// What a file is that is no data set, and what to do with it.
std::string kind_of_file(const std::string& path) {
  if (has_image_extension(path)) return "a single file that may be an image (name its folder)";
  const std::string head = read_content_head(path, kKindBytes);
  if (const std::string kind = other_kind(head, path); !kind.empty()) return kind;
  return head.empty() ? "an empty file" : "a file that begins like neither";
}

[[noreturn]] void refuse_missing(const std::string& data, const std::error_code& error) {
  const auto names = builtin_names();
  const bool builtin = std::find(names.begin(), names.end(), data) != names.end();
  if (data == kStandardInput)
    throw Error("-: " + std::string(kExpected) + ", got standard input (saddle measure alone reads it, as a table)");
  const bool nothing = !error || error == std::errc::no_such_file_or_directory;
  throw Error(data + ": " + kExpected + ", got " +
              (nothing ? "a path where there is nothing" : "an error: " + error.message()) +
              (builtin ? " (did you mean builtin:" + data + "?)" : ""));
}

/// Whether DATA is a table: Parquet, or a file of text that is nothing else, plain or gzipped.
bool is_table_data(const std::string& data) {
  std::error_code error;
  return std::filesystem::is_regular_file(data, error) && !has_image_extension(data) && !is_piece_list(data) &&
         is_table(data);
}

std::unique_ptr<Dataset> open_by_kind(const std::string& data, const DataOptions& options) {
  if (is_table_data(data)) return open_table(data, options);
  if (!options.table.columns.empty() || !options.table.drop.empty() || options.table.constraint != "none")
    throw Error(data + ": expected a table for --columns, --drop and --constraint, got other data");
  if (data.starts_with(kStackedPrefix)) return open_stacked(data.substr(kStackedPrefix.size()), options);
  if (data.starts_with(kBuiltinPrefix)) return open_builtin(data.substr(kBuiltinPrefix.size()), options);
  std::error_code error;
  const auto status = std::filesystem::status(data, error);
  if (data.empty() || !std::filesystem::exists(status)) refuse_missing(data, error);
  if (std::filesystem::is_directory(status))
    return is_array_folder(data) ? open_array_folder(data, options) : open_image_folder(data, options);
  if (!std::filesystem::is_regular_file(status)) throw Error(data + ": " + kExpected + ", got a device or a pipe");
  if (is_piece_list(data)) return open_piece_list(data, options);
  // a list of records is JSON, but no density
  if (std::filesystem::path(data).extension() == ".json" && !read_content_head(data, 1).starts_with("["))
    return open_density_file(data, options);
  if (is_npy(data)) return open_npy(data, options);
  if (is_idx(data)) return open_idx(data, options);
  throw Error(data + ": " + kExpected + ", got " + kind_of_file(data));
}

}  // namespace

Batch Dataset::rows(Part part, int64_t begin, int64_t n) const {
  const Batch batch = first(part, begin + n);
  return {batch.x.slice(0, begin), batch.labels.defined() ? batch.labels.slice(0, begin) : Tensor()};
}

std::string path_of_data(const std::string& data) {
  if (data.starts_with(kStackedPrefix)) return path_of_data(data.substr(kStackedPrefix.size()));
  return data.starts_with(kBuiltinPrefix) ? "" : data;
}

std::string absolute_data(const std::string& data) {
  const std::string path = path_of_data(data);
  if (path.empty()) return data;
  return data.substr(0, data.size() - path.size()) + std::filesystem::absolute(path).lexically_normal().string();
}

std::unique_ptr<Dataset> open_dataset(const std::string& data, const DataOptions& options) {
  check_options(options);
  auto dataset = open_by_kind(data, options);
  if (!options.labels_file.empty() && dataset->summary().label_content.empty())
    throw Error(data + ": expected files of images for --labels " + options.labels_file + ", got " +
                (dataset->summary().kind == "points" ? "points" : dataset->summary().source));
  return dataset;
}

}  // namespace saddle
