// A run directory with little in it, for tests of what reads one.
#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "saddle/base/error.h"

namespace saddle {

/// Writes a file, and the folders above it.
inline void put_file(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

/// A new run directory with a config.toml alone; `name` must be the test's own.
inline std::string fresh_run(const std::string& name, const std::string& config = "format_version = 1\n") {
  const auto path = std::filesystem::path(testing::TempDir()) / ("saddle_report_" + name);
  std::filesystem::remove_all(path);
  put_file(path / "config.toml", config);
  return path.string();
}

/// The bytes that a PNG begins with; enough for what does not decode it.
inline const std::string kPngSignature = "\x89PNG\r\n\x1a\n";

/// What `run` throws as a saddle::Error says; "no error" where it throws none.
template <class Run>
std::string error_of(const Run& run) {
  try {
    run();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace saddle
