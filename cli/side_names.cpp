// Implements what the name of a side may stand for.
#include "cli/side_names.h"

#include <filesystem>

#include "saddle/base/error.h"
#include "saddle/data/dataset.h"
#include "saddle/data/piece_list.h"
#include "saddle/distributions/density_json.h"
#include "saddle/distributions/faces_density.h"
#include "saddle/io/byte_source.h"
#include "saddle/io/csv.h"
#include "saddle/io/file.h"
#include "saddle/io/file_kind.h"
#include "saddle/io/npy.h"

namespace saddle::cli {

namespace fs = std::filesystem;

bool is_run(const std::string& path) { return fs::exists(path + "/config.toml"); }

bool is_torchscript(const std::string& path) {
  constexpr int64_t kDirectoryBytes = 1 << 20;  // of the archive, at its end: it names what is in it
  std::error_code error;
  if (!fs::is_regular_file(path, error) || read_file_head(path, 4) != "PK\x03\x04") return false;
  return read_file_tail(path, kDirectoryBytes).find("/constants.pkl") != std::string::npos;
}

bool may_be_table(const std::string& name) {
  return is_read_once(name) || (has_table_extension(name) && !is_npy(name)) ||
         (fs::is_regular_file(name) && !is_piece_list(name) && is_table(name));
}

std::shared_ptr<const Distribution> density_of(const std::string& name) {
  if (fs::path(name).extension() == ".json") {
    const std::string head = fs::is_regular_file(name) ? read_content_head(name, kKindBytes) : "";
    if (head.starts_with('[')) refuse(name, other_kind(head, name));  // records of a table, rather than one object
    return read_density(name);
  }
  constexpr std::string_view kBuiltin = "builtin:";
  const std::string type = name.starts_with(kBuiltin) ? name.substr(kBuiltin.size()) : "";
  const auto known = density_types();
  if (std::find(known.begin(), known.end(), type) == known.end()) return nullptr;
  auto density = parse_density(nlohmann::json{{"type", type}}.dump(), name);
  // builtin:faces is a set of so many pictures, some of which a run may have seen
  return shown_shape(*density).size() == 1 ? density : nullptr;
}

bool same_place(const std::string& a, const std::string& b) {
  std::error_code error;
  if (a == b) return true;
  const std::string file = path_of_data(a), other = path_of_data(b);
  const bool alike = a.substr(0, a.size() - file.size()) == b.substr(0, b.size() - other.size());
  return alike && !file.empty() && fs::equivalent(file, other, error);
}

void refuse(const std::string& path, const std::string& got) {
  throw Error(
      path +
      ": expected samples (a folder of images, an .npy array, an IDX file, a list of these or a table), a run or a "
      "density, got " +
      got);
}

}  // namespace saddle::cli
