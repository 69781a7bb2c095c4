// Implements the choice of what opens DATA.
#include "saddle/base/error.h"
#include "saddle/data/builtin.h"
#include "saddle/data/dataset.h"

namespace saddle {
namespace {

constexpr std::string_view kBuiltinPrefix = "builtin:";
constexpr int64_t kLargestImage = 4096;

void check_options(const DataOptions& o) {
  if (o.image_size != 0 && (o.image_size < 8 || o.image_size > kLargestImage))
    throw Error("image size: expected 8 to " + std::to_string(kLargestImage) + " pixels, or 0 for the data's own, got " +
                std::to_string(o.image_size));
  const auto check_choice = [](const std::string& what, const std::string& value, const std::vector<std::string>& known) {
    if (std::find(known.begin(), known.end(), value) == known.end()) throw Error("data: " + unknown_name(what, value, known));
  };
  check_choice("channels", o.channels, {"auto", "grey", "rgb"});
  check_choice("augmentation", o.augment, {"none", "flip"});
}

}  // namespace

std::unique_ptr<Dataset> open_dataset(const std::string& data, const DataOptions& options) {
  check_options(options);
  if (data.starts_with(kBuiltinPrefix)) return open_builtin(data.substr(kBuiltinPrefix.size()), options);
  throw Error(data + ": expected a folder of images, an IDX file, an .npy array or builtin:NAME, got something else");
}

}  // namespace saddle
