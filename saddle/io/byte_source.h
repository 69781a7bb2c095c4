// Bytes one after the other, from a file, a pipe or the standard input, unpacked where they are gzipped.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

namespace saddle {

/// The name that stands for the standard input.
inline constexpr const char* kStandardInput = "-";

/// Reads a file, a pipe or the standard input ("-") from its begin to its end, once.
class ByteSource {
 public:
  /// Throws: Error naming the path and the system's reason; Error for a folder and for a device that is no pipe.
  explicit ByteSource(const std::string& path);
  ~ByteSource();
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  /// Reads `size` bytes; fewer only at the end. Throws: Error where the system cannot read or a gzip file is damaged.
  size_t read(void* bytes, size_t size);

  bool is_gzipped() const;                // known from the first read on
  int64_t taken() const;                  // bytes of the file that were read, packed where it is packed
  int64_t size() const { return size_; }  // of the file; 0 where it is not known, as of a pipe

 private:
  struct Stream;
  std::string path_;
  int64_t size_ = 0;
  std::unique_ptr<Stream> stream_;
};

/// Whether the path is one that can be read only once: the standard input, or a pipe.
bool is_read_once(const std::string& path);

/// Returns the first bytes of what a file holds, unpacked where it is gzipped, `most` of them where there are more.
/// Throws: as ByteSource.
std::string read_content_head(const std::string& path, size_t most);

}  // namespace saddle
