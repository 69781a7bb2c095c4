// Text compressed piece by piece, each of which can be read at once.
#pragma once
#include <memory>
#include <string>
#include <string_view>

namespace saddle {

/// A gzip stream (RFC 1952) that is flushed after every piece, for answers that never end: a page's first event holds
/// half a megabyte of numbers and shrinks to a fifth. Memory: 70 KB.
class GzipStream {
 public:
  GzipStream();
  ~GzipStream();

  /// Returns the bytes that make a reader see all of `text`. Throws: Error where memory runs out.
  std::string add(std::string_view text);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace saddle
