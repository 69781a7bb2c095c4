// Implements the conversion of options.
#include "cli/data_options.h"

#include <charconv>
#include <cstdlib>

#include "saddle/base/error.h"

namespace saddle::cli {
namespace {

std::array<double, 3> parse_split(const std::string& text) {
  const UsageError wrong("--split: expected three positive percentages that sum to 100, as in 80,10,10, got '" + text +
                         "'");
  std::array<double, 3> shares{};
  const char* at = text.data();
  const char* end = at + text.size();
  for (size_t i = 0; i < 3; ++i) {
    const auto [rest, error] = std::from_chars(at, end, shares[i], std::chars_format::fixed);
    if (error != std::errc() || !(shares[i] > 0 && shares[i] < 100)) throw wrong;
    if (i < 2 && (rest == end || *rest != ',')) throw wrong;
    at = i < 2 ? rest + 1 : rest;
  }
  if (at != end || std::fabs(shares[0] + shares[1] + shares[2] - 100) > 0.01) throw wrong;
  for (double& share : shares) share /= 100;
  return shares;
}

}  // namespace

DataOptions data_options(const TrainOptions& options) {
  DataOptions data;
  data.image_size = options.image_size;
  data.channels = options.channels;
  data.augment = options.augment;
  data.split = parse_split(options.split);
  data.group_by_folder = options.group == "folder";
  data.skip_bad = options.skip_bad;
  data.max_pixels = options.max_pixels;
  data.memory_bytes = options.memory;
  if (const char* folder = std::getenv("TMPDIR"); folder != nullptr) data.cache_dir = folder;
  data.seed = options.seed;
  return data;
}

}  // namespace saddle::cli
