// Whole files, written so that a crash at any moment leaves the old content or the new, and locks.
#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace saddle {

/// Returns a regular file's bytes.
///
/// Throws: Error naming the path and the system's reason; Error, before memory is taken, for a file of more
/// than `max_bytes`, a folder, a pipe or a device.
std::string read_file(const std::string& path, int64_t max_bytes = std::numeric_limits<int64_t>::max());

/// Returns a regular file's first bytes, `most` of them where the file is longer. Throws: as `read_file`.
std::string read_file_head(const std::string& path, int64_t most);

/// Returns a regular file's last bytes, likewise.
std::string read_file_tail(const std::string& path, int64_t most);

/// Returns a regular file's size in bytes. Throws: as `read_file`.
int64_t file_size(const std::string& path);

/// Writes a file under a temporary name, syncs it and renames it into place.
///
/// Throws: Error naming the path and the system's reason (a full disk, a folder that cannot be written to);
/// the old file is then still there, and no temporary file is left.
void write_file(const std::string& path, std::string_view bytes);

/// Writes the parts one after the other as one file, as the form above does.
void write_file(const std::string& path, const std::vector<std::string_view>& parts);

/// Renames a finished folder into place and syncs it and both parents. Throws: Error.
void publish_directory(const std::string& temporary, const std::string& path);

/// An exclusive lock on a file, held until the object goes away or the process dies, however it dies.
class FileLock {
 public:
  /// Takes the lock, and writes `owner` into the file for the next one who asks; empty: the file stays as it is. `what`
  /// is guarded, in a word.
  ///
  /// Throws: Error with the owner's text where another process holds it.
  explicit FileLock(const std::string& path, const std::string& owner = "", const std::string& what = "run");
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  /// Writes `owner` into the file, where that was not done at once.
  void sign(const std::string& owner);

 private:
  const std::string path_;
  int descriptor_ = -1;
};

/// Whether somebody holds the lock on a file. It does not touch the lock, so that nobody who takes it is disturbed;
/// where the system does not tell, it is false.
bool is_locked(const std::string& path);

}  // namespace saddle
