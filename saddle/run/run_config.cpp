// Implements what every reader and writer of a config.toml shares.
#include "saddle/run/run_config.h"

#include <filesystem>

#include "saddle/base/device.h"
#include "saddle/base/error.h"
#include "saddle/base/version.h"
#include "saddle/io/file.h"
#include "saddle/io/file_kind.h"
#include "saddle/io/toml.h"

namespace saddle {

std::string config_head(const std::string& writer) {
  return "# Written by saddle " + writer +
         "; read by resume, sample and report.\nformat_version = " + std::to_string(kFormatVersion) +
         "\nsaddle_version = " + toml_string(version()) + "\nlibtorch_version = " + toml_string(libtorch_version()) +
         "\n\n";
}

void check_format_version(const std::string& text, const std::string& where) {
  if (text.empty() || text.size() > 9 || text.find_first_not_of("0123456789") != std::string::npos)
    throw Error(where + ": expected format_version, a whole number, got '" + text +
                "' (is this a run directory of Saddle?)");
  if (std::stoi(text) > kFormatVersion)
    throw Error(where + ": expected format version " + std::to_string(kFormatVersion) + " or older, got " + text +
                " (written by a newer saddle; update this one)");
}

std::map<std::string, std::string> read_run_config(const std::string& path) {
  const std::string file = path + "/config.toml";
  if (!std::filesystem::exists(file)) throw Error(path + ": expected a run directory, got " + not_a_run(path));
  auto values = read_toml_values(file);
  check_format_version(values["format_version"], file);
  return values;
}

std::string read_run_schema(const std::string& path) {
  const std::string file = path + "/schema.json";
  return std::filesystem::exists(file) ? read_file(file) : "";
}

std::string read_run_codec(const std::string& path) {
  const std::string file = path + "/codec.json";
  return std::filesystem::exists(file) ? read_file(file) : "";
}

std::string read_run_rejection(const std::string& path, int64_t samples) {
  const std::string file = path + "/rejection/" + snapshot_name(samples) + ".safetensors";
  return std::filesystem::exists(file) ? read_file(file) : "";
}

void require_known_parts(const std::map<std::string, std::string>& config, const std::string& path) {
  const auto source = config.find("data.source");
  const bool array = source != config.end() && (source->second == "IDX" || source->second == "NPY");
  if (array && std::stoi(config.at("format_version")) < 2)
    throw Error(path +
                ": expected a run whose data are split by content, got one of format version 1, whose rows were "
                "split by number, so that training samples may stand among the others (train it anew)");
}

}  // namespace saddle
