// Implements whole-file reading, atomic writing and locks with POSIX calls.
#include "saddle/io/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <system_error>
#include <utility>

#include "saddle/base/error.h"

namespace saddle {
namespace {

/// The system's reason for the last failure, e.g. "No space left on device".
std::string reason() { return std::generic_category().message(errno); }

/// An open file that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(Descriptor&& other) noexcept : value_(other.release()) {}
  int get() const { return value_; }
  int release() { return std::exchange(value_, -1); }

 private:
  int value_;
};

std::string parent(const std::string& path) {
  auto clean = std::filesystem::path(path).lexically_normal();
  if (!clean.has_filename()) clean = clean.parent_path();  // "a/b/" is b in a
  const std::string folder = clean.parent_path();
  return folder.empty() ? "." : folder;
}

/// Makes a folder's entries survive a power cut; file systems that cannot sync a folder say EINVAL.
void sync_directory(const std::string& path) {
  const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0 || (::fsync(folder.get()) != 0 && errno != EINVAL))
    throw Error(path + ": expected a folder that can be synced, got: " + reason());
}

/// Opens a new file beside `path`; its name begins with a dot, so that who lists images skips it.
int open_temporary(const std::string& path, std::string& name) {
  static std::atomic<uint64_t> counter{0};
  while (true) {
    name = parent(path) + "/.saddle-" + std::to_string(::getpid()) + "-" + std::to_string(counter++) + ".tmp";
    const int descriptor = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor >= 0 || errno != EEXIST) return descriptor;
  }
}

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) bytes.remove_prefix(written);
  }
  return true;
}

/// Opens a regular file for reading.
Descriptor open_regular(const std::string& path, int64_t& size) {
  // O_NONBLOCK: a pipe among the images must not stop the program until somebody writes into it
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status;
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0)
    throw Error(path + ": expected a file that can be read, got: " + reason());
  if (S_ISDIR(status.st_mode)) throw Error(path + ": expected a file, got a folder");
  if (!S_ISREG(status.st_mode)) throw Error(path + ": expected a file, got a pipe or device");
  size = status.st_size;
  return file;
}

/// Reads the first or the last `most` bytes, fewer where the file has fewer.
std::string read_part(const std::string& path, int64_t most, int64_t max_bytes, bool last = false) {
  int64_t size = 0;
  const Descriptor file = open_regular(path, size);
  if (size > max_bytes)
    throw Error(path + ": expected at most " + std::to_string(max_bytes) + " bytes, got " + std::to_string(size));
  std::string bytes(std::min(size, most), '\0');
  if (last && ::lseek(file.get(), size - static_cast<int64_t>(bytes.size()), SEEK_SET) < 0)
    throw Error(path + ": expected a file that can be read, got: " + reason());
  size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = ::read(file.get(), bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error(path + ": expected a file that can be read, got: " + reason());
    if (got == 0) break;  // it was cut since
    filled += got;
  }
  bytes.resize(filled);
  return bytes;
}

/// An exclusive lock on all of a file. It belongs to the open file, not to the process, so that two in one process
/// exclude each other too; and the system answers for it by the file itself, on whatever device it lies.
struct flock whole_file() {
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

/// What the holder of a lock wrote about itself, fit for a message.
std::string read_owner(int descriptor) {
  char buffer[200];
  const ssize_t got = ::pread(descriptor, buffer, sizeof buffer, 0);
  std::string owner(buffer, std::max<ssize_t>(got, 0));
  owner.resize(std::min(owner.size(), owner.find('\n')));
  for (char& c : owner)
    if (static_cast<unsigned char>(c) < ' ' || c == 127) c = '?';
  return owner.empty() ? "another process" : owner;
}

}  // namespace

std::string read_file(const std::string& path, int64_t max_bytes) {
  return read_part(path, std::numeric_limits<int64_t>::max(), max_bytes);
}

std::string read_file_head(const std::string& path, int64_t most) {
  return read_part(path, most, std::numeric_limits<int64_t>::max());
}

std::string read_file_tail(const std::string& path, int64_t most) {
  return read_part(path, most, std::numeric_limits<int64_t>::max(), /*last=*/true);
}

int64_t file_size(const std::string& path) {
  int64_t size = 0;
  open_regular(path, size);
  return size;
}

void write_file(const std::string& path, std::string_view bytes) { write_file(path, std::vector{bytes}); }

void write_file(const std::string& path, const std::vector<std::string_view>& parts) {
  const auto fail = [&](const std::string& why) {
    throw Error(path + ": expected a file that can be written, got: " + why);
  };
  std::string temporary;
  Descriptor file(open_temporary(path, temporary));
  if (file.get() < 0) fail(reason());
  bool good = true;
  for (const std::string_view part : parts) good = good && write_all(file.get(), part);
  good = good && ::fsync(file.get()) == 0;
  good = ::close(file.release()) == 0 && good;
  good = good && ::rename(temporary.c_str(), path.c_str()) == 0;
  if (!good) {
    const std::string why = reason();
    ::unlink(temporary.c_str());
    fail(why);
  }
  sync_directory(parent(path));
}

void publish_directory(const std::string& temporary, const std::string& path) {
  sync_directory(temporary);
  if (::rename(temporary.c_str(), path.c_str()) != 0)
    throw Error(path + ": expected a folder that can be put in place, got: " + reason());
  sync_directory(parent(path));
  if (parent(temporary) != parent(path)) sync_directory(parent(temporary));
}

FileLock::FileLock(const std::string& path, const std::string& owner, const std::string& what) : path_(path) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (file.get() < 0) throw Error(path + ": expected a file that can be locked, got: " + reason());
  struct flock lock = whole_file();
  while (::fcntl(file.get(), F_OFD_SETLK, &lock) != 0) {
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EACCES)
      throw Error(path + ": expected a file that can be locked, got: " + reason());
    throw Error(path + ": expected a free " + what + ", it is being written by " + read_owner(file.get()) +
                " (wait, or stop that process)");
  }
  descriptor_ = file.get();
  if (!owner.empty()) sign(owner);
  (void)file.release();
}

void FileLock::sign(const std::string& owner) {
  const ssize_t written = ::pwrite(descriptor_, owner.data(), owner.size(), 0);
  if (written != static_cast<ssize_t>(owner.size()) || ::ftruncate(descriptor_, owner.size()) != 0)
    throw Error(path_ + ": expected a file that can be written, got: " + reason());
}

FileLock::~FileLock() { ::close(descriptor_); }

bool is_locked(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct flock lock = whole_file();
  return file.get() >= 0 && ::fcntl(file.get(), F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

}  // namespace saddle
