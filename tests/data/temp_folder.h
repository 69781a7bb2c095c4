// A folder for one test, with files and pictures in it, that goes away with it.
#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "saddle/base/error.h"
#include "saddle/data/dataset.h"
#include "saddle/io/image.h"

namespace saddle {

/// A new, empty folder, removed with all it holds at the end.
class TempFolder {
 public:
  TempFolder() {
    std::string name = testing::TempDir() + "saddle_data_XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  /// Writes a file, and the folders on the way to it.
  void write(const std::string& name, const std::string& bytes) const {
    std::filesystem::create_directories(std::filesystem::path(*this / name).parent_path());
    std::ofstream(*this / name, std::ios::binary) << bytes;
  }

  /// Writes an evenly coloured picture as a PNG.
  void write_picture(const std::string& name, int64_t width, int64_t height, int64_t channels, int64_t value) const {
    write(name, encode_png(at::full({height, width, channels}, value, at::kByte)));
  }

 private:
  std::string path_;
};

/// What opening refuses with; empty where it does not.
inline std::string refusal(const std::string& data, const DataOptions& options = {}) {
  try {
    open_dataset(data, options);
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << "one line";
    return error.what();
  }
  return "";
}

/// Whether one of the summary's problems holds these words.
inline bool has_problem(const DataSummary& summary, const std::string& words) {
  for (const auto& problem : summary.problems)
    if (problem.find(words) != std::string::npos) return true;
  return false;
}

/// Whether one of the summary's remarks holds these words.
inline bool has_remark(const DataSummary& summary, const std::string& words) {
  for (const auto& remark : summary.remarks)
    if (remark.find(words) != std::string::npos) return true;
  return false;
}

/// The value of each evenly coloured picture of a part, by its first pixel.
inline std::vector<int64_t> values(const Dataset& data, Part part) {
  const Tensor x = data.first(part, 1'000'000).x;
  const Tensor bytes = ((x.flatten(1).select(1, 0) + 1) * 127.5).round().to(at::kLong).contiguous();
  return {bytes.const_data_ptr<int64_t>(), bytes.const_data_ptr<int64_t>() + bytes.numel()};
}

/// The values of all parts, sorted.
inline std::vector<int64_t> all_values(const Dataset& data) {
  std::vector<int64_t> all;
  for (const Part part : {Part::train, Part::select, Part::test})
    for (const int64_t value : values(data, part)) all.push_back(value);
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace saddle
