// Implements the [data] table of a config.toml.
#include "saddle/data/data_config.h"

#include <charconv>

#include "saddle/io/toml.h"

namespace saddle {
namespace {

std::string list_toml(const std::vector<std::string>& list) {
  std::string text = "[";
  for (const auto& entry : list) text += (text.size() > 1 ? ", " : "") + toml_string(entry);
  return text + "]";
}

/// Numbers as they are read back, bit for bit.
std::string list_toml(const Tensor& numbers) {
  std::string text = "[";
  for (int64_t i = 0; i < numbers.numel(); ++i) {
    char shortest[64];
    char* end = std::to_chars(shortest, shortest + sizeof shortest, numbers[i].item<double>()).ptr;
    text += (i > 0 ? ", " : "") + std::string(static_cast<const char*>(shortest), static_cast<const char*>(end));
  }
  return text + "]";
}

}  // namespace

std::string shape_text(const std::vector<int64_t>& shape) {
  std::string text = "[";
  for (const int64_t size : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

std::vector<std::string> notes(const DataSummary& data) {
  std::vector<std::string> all = data.remarks;
  all.insert(all.end(), data.problems.begin(), data.problems.end());
  return all;
}

std::string data_config(const std::string& path, const DataSummary& data) {
  std::ostringstream text;
  text << "[data]\npath = " << toml_string(path) << "\nname = " << toml_string(data.name)
       << "\nkind = " << toml_string(data.kind) << "\nsource = " << toml_string(data.source)
       << "\ncount = " << data.count << "\nparts = " << shape_text({data.parts.begin(), data.parts.end()})
       << "\nhalves = " << shape_text({data.steering, data.reporting}) << "\nshape = " << shape_text(data.shape)
       << (data.units.defined() ? "\ncenter = " + list_toml(data.units.center) : "")
       << (data.units.defined() ? "\nscale = " + list_toml(data.units.scale) : "")
       << "\nlabels = " << list_toml(data.labels) << "\nlabel_counts = " << shape_text(data.label_counts)
       << "\nlabel_content = " << toml_string(data.label_content) << "\nproblems = " << list_toml(notes(data))
       << "\nwhite = " << data.white << "\ncontent = " << toml_string(data.content) << "\n\n";
  return text.str();
}

}  // namespace saddle
