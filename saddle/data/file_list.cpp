// Implements the search for image files.
#include "saddle/data/file_list.h"

#include <sys/stat.h>

#include <set>

#include "saddle/base/error.h"
#include "saddle/io/image.h"

namespace saddle {
namespace {

class Search {
 public:
  explicit Search(std::string root) : root_(std::move(root)) {}

  FileList run() {
    visit("");
    std::sort(found_.paths.begin(), found_.paths.end());
    return std::move(found_);
  }

 private:
  /// Reads a folder; `prefix` is its path relative to the root, empty or ending in a slash.
  void visit(const std::string& prefix) {
    const std::string folder = prefix.empty() ? root_ : root_ + "/" + prefix;
    struct stat status{};
    if (::stat(folder.c_str(), &status) != 0 || !visited_.insert({status.st_dev, status.st_ino}).second) return;
    std::error_code error;
    std::vector<std::string> names;
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
      names.push_back(entry->path().filename());
    if (error) throw Error(folder + ": expected a folder that can be read, got: " + error.message());
    std::sort(names.begin(),
              names.end());  // so that which of two links to a folder is followed does not vary
    for (const auto& name : names)
      if (name.front() != '.') add(prefix + name);
  }

  void add(const std::string& path) {
    using Type = std::filesystem::file_type;
    std::error_code error;
    const Type type = std::filesystem::status(root_ + "/" + path, error).type();
    if (type == Type::directory) {
      visit(path + "/");
    } else if (has_image_extension(path) && (type == Type::regular || type == Type::not_found || type == Type::none)) {
      found_.paths.push_back(path);  // a link that leads nowhere too: reading it says so
    } else if (type == Type::regular && begins_like_image(root_ + "/" + path)) {
      found_.paths.push_back(path);
      ++found_.by_content;
    } else {
      ++found_.ignored;
    }
  }

  std::string root_;
  std::set<std::pair<dev_t, ino_t>> visited_;
  FileList found_;
};

}  // namespace

FileList list_images(const std::string& folder) { return Search(folder).run(); }

}  // namespace saddle
