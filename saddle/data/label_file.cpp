// Implements the reading of label files.
#include "saddle/data/label_file.h"

#include <charconv>
#include <functional>
#include <set>
#include <tuple>
#include <unordered_map>

#include "saddle/base/error.h"
#include "saddle/io/idx.h"
#include "saddle/io/npy.h"
#include "saddle/io/parquet.h"

namespace saddle {
namespace {

namespace fs = std::filesystem;

bool read_whole(std::string_view text, int64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

std::string without_ending(const std::string& file) { return fs::path(file).replace_extension().string(); }

/// Numbers the labels of all samples by their sorted names.
Labels number_labels(const std::vector<std::string>& of_samples) {
  std::vector<std::string> names = of_samples;
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  int64_t number = 0;
  if (std::all_of(names.begin(), names.end(), [&](const std::string& name) { return read_whole(name, number); }))
    std::sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
      int64_t first = 0, second = 0;
      read_whole(a, first), read_whole(b, second);
      return std::tie(first, a) < std::tie(second, b);
    });
  std::unordered_map<std::string, int64_t> numbers;
  for (const std::string& name : names) numbers[name] = static_cast<int64_t>(numbers.size());
  Labels labels{at::empty({static_cast<int64_t>(of_samples.size())}, at::kLong), std::move(names), ""};
  auto* out = labels.numbers.mutable_data_ptr<int64_t>();
  for (const std::string& name : of_samples) *out++ = numbers.at(name);
  return labels;
}

/// A row's label. Throws: Error where there is none.
std::string label_in(const TextTable& table, size_t column, size_t row) {
  std::string label(table.columns[column][row]);
  if (label.empty())
    throw Error(table.path + ": row " + std::to_string(row + 1) + ": expected a label, got an empty field");
  return label;
}

/// Labels by what the first of a table's two columns says.
class KeyedLabels {
 public:
  KeyedLabels(const TextTable& table, const std::function<std::string(const std::string&)>& key_of) {
    for (size_t row = 0; row < table.columns[0].size(); ++row) {
      const std::string key(table.columns[0][row]), label = label_in(table, 1, row);
      const auto [found, is_new] = labels_.emplace(key_of(key), label);
      if (!is_new && found->second != label)
        throw Error(table.path + ": row " + std::to_string(row + 1) + ": expected one label for '" + key + "', got '" +
                    found->second + "' and '" + label + "'");
    }
  }

  /// Null: there is none.
  const std::string* find(const std::string& key) {
    const auto found = labels_.find(key);
    if (found == labels_.end()) return nullptr;
    used_.insert(key);
    return &found->second;
  }

  size_t unused() const { return labels_.size() - used_.size(); }

 private:
  std::unordered_map<std::string, std::string> labels_;
  std::set<std::string> used_;
};

[[noreturn]] void refuse_missing_labels(const std::string& path, const std::string& wanted, size_t missing,
                                        const std::string& first) {
  throw Error(path + ": expected a label for each of " + wanted + ", got none for " + std::to_string(missing) +
              ", the first: " + first + " (the first line of the file is its header)");
}

[[noreturn]] void refuse_columns(const TextTable& table, const std::string& wanted) {
  throw Error(table.path + ": expected " + wanted + ", got " + std::to_string(table.columns.size()) +
              (table.columns.size() == 1 ? " column" : " columns"));
}

void require_file(const std::string& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error))
    throw UsageError("--labels: expected none, folder, auto or a file with labels, got '" + path +
                     "', where there is no file");
}

/// Whole numbers of an array as texts.
std::vector<std::string> texts_of(const Tensor& x, const std::string& path, int64_t count) {
  if (x.dim() != 1 || x.size(0) != count || x.is_floating_point())
    throw Error(path + ": expected a list of " + std::to_string(count) + " whole numbers, one label an image, got " +
                c10::str(x.scalar_type(), " ", x.sizes()));
  const Tensor numbers = x.to(at::kLong);
  std::vector<std::string> texts;
  texts.reserve(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) texts.push_back(std::to_string(numbers.const_data_ptr<int64_t>()[i]));
  return texts;
}

bool is_npy_name(const std::string& path) { return fs::path(path).extension() == ".npy"; }

}  // namespace

Labels read_file_labels(const std::string& path, const std::string& folder, const std::vector<std::string>& files) {
  require_file(path);
  const TextTable table = read_table(path);
  if (table.columns.size() != 2) refuse_columns(table, "two columns, a file and its label");
  KeyedLabels whole(table, [](const std::string& file) { return fs::path(file).lexically_normal().string(); });
  std::vector<std::string> of_files;
  size_t missing = 0;
  std::string first;
  for (const std::string& file : files) {
    const std::string* label = whole.find(file);
    if (label == nullptr) label = whole.find(without_ending(file));
    if (label != nullptr)
      of_files.push_back(*label);
    else if (missing++ == 0)
      first = file;
  }
  if (missing > 0)
    refuse_missing_labels(path, "the " + std::to_string(files.size()) + " images of " + folder, missing, first);
  Labels labels = number_labels(of_files);
  if (const size_t unused = whole.unused(); unused > 0)
    labels.remark = path + ": " +
                    (unused == 1 ? "1 label of a file that is no image of "
                                 : std::to_string(unused) + " labels of files that are no images of ") +
                    folder;
  return labels;
}

Labels read_row_labels(const std::string& path, int64_t count, int64_t max_bytes) {
  require_file(path);
  if (is_npy_name(path)) return number_labels(texts_of(read_npy(path, max_bytes), path, count));
  if (is_idx(path)) return number_labels(texts_of(read_idx(path, max_bytes), path, count));
  const TextTable table = read_table(path);
  std::vector<std::string> of_rows;
  if (table.columns.size() == 1) {
    if (table.rows() != count)
      throw Error(path + ": expected " + std::to_string(count) + " labels below the header, one for each image, got " +
                  std::to_string(table.rows()));
    for (size_t row = 0; row < static_cast<size_t>(count); ++row) of_rows.push_back(label_in(table, 0, row));
    return number_labels(of_rows);
  }
  if (table.columns.size() != 2)
    refuse_columns(table, "one column, the labels, or two, a row counted from 0 and its label");
  KeyedLabels by_row(table, [&](const std::string& text) {
    int64_t row = -1;
    if (!read_whole(text, row) || row < 0 || row >= count)
      throw Error(path + ": expected rows from 0 to " + std::to_string(count - 1) + " in the first column, got '" +
                  text + "'");
    return std::to_string(row);
  });
  size_t missing = 0;
  std::string first;
  for (int64_t row = 0; row < count; ++row) {
    const std::string* label = by_row.find(std::to_string(row));
    if (label != nullptr)
      of_rows.push_back(*label);
    else if (missing++ == 0)
      first = std::to_string(row);
  }
  if (missing > 0) refuse_missing_labels(path, std::to_string(count) + " rows", missing, first);
  return number_labels(of_rows);
}

}  // namespace saddle
