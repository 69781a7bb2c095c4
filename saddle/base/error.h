// The one exception of the library, and the wording that its messages share.
#pragma once
#include <stdexcept>
#include <string>
#include <vector>

namespace saddle {

/// The caller or the world is wrong; the text says where, what was expected, what was found, and what to do.
///
/// Form of the text: "where: expected what, got what (hint)", in one line. Control characters in it, which come out of
/// files, become '?'.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& what);  // takes the text
};

/// The command line is wrong; the program exits with 2 instead of 1.
class UsageError : public Error {
 public:
  using Error::Error;
};

/// Returns the entry of `known` that is nearest to `name` by edit distance; empty if none is near.
std::string nearest_name(const std::string& name, const std::vector<std::string>& known);

/// Builds the text for an unknown name: "unknown KIND 'NAME' (did you mean 'X'? known: A, B, ...)".
std::string unknown_name(const std::string& kind, const std::string& name, const std::vector<std::string>& known);

}  // namespace saddle
