// Implements the room for decoded images with POSIX calls.
#include "saddle/data/pixel_store.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <system_error>

#include "saddle/base/error.h"

namespace saddle {
namespace {

[[noreturn]] void refuse(const std::string& folder, int64_t bytes, int error) {
  throw Error(folder + ": expected room for " + std::to_string(bytes) +
              " bytes of prepared data, got: " + std::generic_category().message(error) +
              " (give more --memory, a smaller --image-size, or another TMPDIR)");
}

/// A file without a name, of that size, whose blocks are already taken: a later write cannot find the disk
/// full.
int open_nameless(const std::string& folder, int64_t bytes) {
  int descriptor = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor < 0) {  // some file systems have no O_TMPFILE
    std::string name = folder + "/.saddle-pixels-XXXXXX";
    descriptor = ::mkostemp(name.data(), O_CLOEXEC);
    if (descriptor < 0) refuse(folder, bytes, errno);
    ::unlink(name.c_str());
  }
  if (const int error = ::posix_fallocate(descriptor, 0, bytes); error != 0) {
    ::close(descriptor);
    refuse(folder, bytes, error);
  }
  return descriptor;
}

void* map_file(const std::string& folder, int64_t bytes) {
  const int descriptor = open_nameless(folder, bytes);
  void* memory = ::mmap(nullptr, static_cast<size_t>(bytes), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  const int error = errno;
  ::close(descriptor);
  if (memory == MAP_FAILED) refuse(folder, bytes, error);
  return memory;
}

}  // namespace

PixelStore allocate_pixels(at::IntArrayRef shape, int64_t memory_bytes, const std::string& folder,
                           at::ScalarType type) {
  const int64_t bytes = c10::multiply_integers(shape) * static_cast<int64_t>(c10::elementSize(type));
  if (bytes <= memory_bytes) return {at::empty(shape, type)};

  // Reading a page maps its neighbours too, 64 KiB at a time, so an image counts for at least twice that.
  constexpr int64_t kReadAround = 2 << 16;
  const int64_t image_bytes = bytes / shape[0] + kReadAround, most_bytes = std::max<int64_t>(memory_bytes / 2, 0);
  void* memory = map_file(folder.empty() ? "/var/tmp" : folder, bytes);
  PixelStore store;
  store.pixels = at::from_blob(memory, shape, [bytes](void* p) { ::munmap(p, static_cast<size_t>(bytes)); }, type);
  const auto resident = std::make_shared<std::atomic<int64_t>>(0);
  store.used = [=](int64_t images) {
    *resident += images * image_bytes;
    if (*resident <= most_bytes) return;
    *resident = 0;
    ::madvise(memory, static_cast<size_t>(bytes),
              MADV_DONTNEED);  // of a shared mapping: the file keeps the content
  };
  return store;
}

}  // namespace saddle
