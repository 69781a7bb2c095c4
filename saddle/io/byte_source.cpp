// Implements reading in one pass, on zlib, which leaves alone what is not gzipped.
#include "saddle/io/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <system_error>

#include "saddle/base/error.h"

namespace saddle {
namespace {

constexpr unsigned kBuffer = 1 << 18;

[[noreturn]] void refuse_unreadable(const std::string& path) {
  throw Error(path + ": expected a file that can be read, got: " + std::generic_category().message(errno));
}

}  // namespace

struct ByteSource::Stream {
  explicit Stream(int descriptor) : file(gzdopen(descriptor, "rbe"), &gzclose_r) {}
  std::unique_ptr<gzFile_s, decltype(&gzclose_r)> file;
};

ByteSource::ByteSource(const std::string& path) : path_(path) {
  const int descriptor =
      path == kStandardInput ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (descriptor < 0) refuse_unreadable(path);
  struct stat status{};
  const bool known = ::fstat(descriptor, &status) == 0;
  const bool folder = known && S_ISDIR(status.st_mode);
  const bool device = !known || S_ISBLK(status.st_mode) || (S_ISCHR(status.st_mode) && path != kStandardInput);
  if (folder || device) {
    ::close(descriptor);
    throw Error(path + ": expected a file, got a " + (folder ? "folder" : "device"));
  }
  if (S_ISREG(status.st_mode)) size_ = status.st_size;
  stream_ = std::make_unique<Stream>(descriptor);
  if (stream_->file == nullptr) {
    ::close(descriptor);
    throw Error(path + ": expected a file that can be read, got no memory for it");
  }
  gzbuffer(stream_->file.get(), kBuffer);
}

ByteSource::~ByteSource() = default;

size_t ByteSource::read(void* bytes, size_t size) {
  constexpr size_t kMost = 1 << 30;
  size_t filled = 0;
  while (filled < size) {
    const int got = gzread(stream_->file.get(), static_cast<char*>(bytes) + filled,
                           static_cast<unsigned>(std::min(size - filled, kMost)));
    if (got <= 0) break;
    filled += static_cast<size_t>(got);
  }
  int status = Z_OK;
  const std::string text = gzerror(stream_->file.get(), &status);
  if (status == Z_ERRNO) refuse_unreadable(path_);
  if (status == Z_BUF_ERROR) throw Error(path_ + ": expected a whole gzip file, got one that is cut");
  if (status != Z_OK && status != Z_STREAM_END) throw Error(path_ + ": expected a whole gzip file, got: " + text);
  return filled;
}

bool ByteSource::is_gzipped() const { return gzdirect(stream_->file.get()) == 0; }

int64_t ByteSource::taken() const { return std::max<int64_t>(gzoffset(stream_->file.get()), 0); }

bool is_read_once(const std::string& path) {
  struct stat status{};
  return path == kStandardInput ||
         (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode));
}

std::string read_content_head(const std::string& path, size_t most) {
  ByteSource source(path);
  std::string bytes(most, '\0');
  bytes.resize(source.read(bytes.data(), most));
  return bytes;
}

}  // namespace saddle
