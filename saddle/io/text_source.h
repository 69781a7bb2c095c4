// Text in blocks from a file, a pipe or the standard input, whatever its encoding.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "saddle/io/byte_source.h"

namespace saddle {

/// Reads text, plain or gzipped, in UTF-8, in another encoding that agrees with ASCII, or in UTF-16.
///
/// UTF-16, known by its mark or by where its zeros are, comes as UTF-8, and a mark at the begin is left out. Other
/// bytes come as they are: `to_utf8` mends what is no UTF-8.
class TextSource {
 public:
  /// Throws: as ByteSource; Error that names the kind of a file that is no text, and how to convert it.
  explicit TextSource(const std::string& path);
  ~TextSource();

  /// Puts the next block of text; false at the end. Throws: as ByteSource; Error for damaged UTF-16.
  bool next(std::string& block);

  int64_t taken() const { return bytes_.taken(); }  // bytes of the file that were read
  int64_t size() const { return bytes_.size(); }    // of the file; 0: not known

 private:
  struct Decoder;
  void decode(std::string& block);

  std::string path_;
  ByteSource bytes_;
  std::string first_;                 // the block that told what the text is
  std::unique_ptr<Decoder> decoder_;  // of UTF-16
};

/// Whether the bytes are UTF-8.
bool is_utf8(std::string_view bytes);

/// UTF-8 for bytes that are none, taken as Windows-1252, of which Latin-1's letters are a part.
std::string to_utf8(std::string_view bytes);

}  // namespace saddle
