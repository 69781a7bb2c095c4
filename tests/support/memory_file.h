// A file in memory, for parsers that take a path.
#pragma once
#include <sys/mman.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <string_view>

namespace saddle::testing_support {

/// Returns the path of a file that holds the bytes until the next call.
inline std::string memory_file(std::string_view bytes) {
  static const int file = ::memfd_create("saddle_test", MFD_CLOEXEC);
  if (::ftruncate(file, 0) != 0 || ::pwrite(file, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    throw std::runtime_error("expected room for a file in memory, got none");
  return "/proc/self/fd/" + std::to_string(file);
}

}  // namespace saddle::testing_support
