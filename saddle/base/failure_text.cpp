// Implements the words for failures, without LibTorch, whose messages it knows by their text.
#include "saddle/base/failure_text.h"

#include <filesystem>
#include <new>
#include <sstream>
#include <string_view>
#include <system_error>

#include "saddle/base/error.h"

namespace saddle {
namespace {

/// What LibTorch says where memory is short, of the processor and of a GPU.
bool is_memory_short(const std::string& text) {
  return text.find("DefaultCPUAllocator") != std::string::npos || text.find("out of memory") != std::string::npos;
}

/// "4000 bytes" of "... allocate 4000 bytes. ..."; empty: it says no number.
std::string amount(const std::string& text) {
  constexpr std::string_view kBefore = "allocate ";
  for (size_t at = text.find(kBefore); at != std::string::npos; at = text.find(kBefore, at + 1)) {
    std::istringstream rest(text.substr(at + kBefore.size()));
    double number = 0;
    std::string shown, unit;
    if (rest >> shown >> unit && std::istringstream(shown) >> number)
      return shown + " " + unit.substr(0, unit.find_first_of(".,"));
  }
  return "";
}

std::string memory_text(const std::string& text) {
  const std::string bytes = amount(text);
  return "memory: expected enough of it, got no " + (bytes.empty() ? "more" : bytes) +
         " (fewer samples at a time, smaller networks, or --memory and --max-pixels need less)";
}

std::string path_text(const std::filesystem::filesystem_error& error) {
  const std::string path = error.path1().empty() ? "file system" : error.path1().string();
  const std::string second = error.path2().empty() ? "" : " (with " + error.path2().string() + ")";
  return path + ": expected what the system allows, got: " + std::generic_category().message(error.code().value()) +
         second;
}

/// The first line of another library's text, without the names of its types and where in its source it arose.
std::string bare(const std::string& text) {
  std::string line = text.substr(0, text.find('\n'));
  if (const size_t place = line.find("Exception raised"); place != std::string::npos) line.resize(place);
  if (const size_t end = line.find(']'); line.starts_with('[') && end != std::string::npos) line.erase(0, end + 1);
  line.erase(0, line.find_first_not_of(' '));
  for (const std::string_view name : {"std::", "c10::", "at::", "torch::", "basic_", "__cxx11::"})
    for (size_t at = line.find(name); at != std::string::npos; at = line.find(name, at)) line.erase(at, name.size());
  for (char& c : line)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  return line.empty() ? "nothing more is known" : line;
}

}  // namespace

std::string failure_text(const std::exception& error) {
  if (dynamic_cast<const Error*>(&error) != nullptr) return error.what();
  if (const auto* files = dynamic_cast<const std::filesystem::filesystem_error*>(&error)) return path_text(*files);
  const std::string text = error.what();
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr || is_memory_short(text)) return memory_text(text);
  return "saddle: expected to go on, got a state that it does not know: " + bare(text) +
         " (a defect of Saddle's: please report it with this line, saddle --version and the command)";
}

}  // namespace saddle
