// What tests of files share: files made quickly, and the text of an error.
#pragma once
#include <fstream>
#include <functional>
#include <string>
#include <string_view>

#include "saddle/base/error.h"

namespace saddle::testing_support {

/// Writes a file as it is, without the care (and the time) that write_file takes.
inline void put_file(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// Returns the text of the Error that `run` throws, "no error" where it throws none.
inline std::string message_of(const std::function<void()>& run) {
  try {
    run();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace saddle::testing_support
