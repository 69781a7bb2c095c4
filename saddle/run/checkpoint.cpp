// Implements checkpoints.
#include "saddle/run/checkpoint.h"

#include <charconv>

#include "saddle/base/error.h"
#include "saddle/base/json_depth.h"
#include "saddle/base/version.h"
#include "saddle/io/file.h"
#include "saddle/io/hash.h"
#include "saddle/io/safetensors.h"
#include "saddle/run/run_config.h"

namespace saddle {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kTensors = "tensors.safetensors";
constexpr const char* kState = "state.json";

constexpr const char* kWhoWroteIt = " (written by another version or program; remove this checkpoint)";

std::string name_of(const Checkpoint& checkpoint) { return checkpoint.path.empty() ? "checkpoint" : checkpoint.path; }

/// A value of state.json. Throws: Error naming the file and the key.
template <class Value>
Value value_of(const Json& state, const char* key, const std::string& path) {
  try {
    return state.at(key).get<Value>();
  } catch (const Json::exception&) {
    throw Error(path + ": expected '" + key + "' as a checkpoint has it, got " +
                (state.contains(key) ? "another value" : "none") + kWhoWroteIt);
  }
}

/// The checksum that state.json holds of itself: over its own text with an empty checksum.
std::string state_checksum(Json state) {
  state["checksum"] = "";
  return checksum(state.dump());
}

}  // namespace

const std::string& Checkpoint::fact(const std::string& key) const {
  const auto found = facts.find(key);
  if (found == facts.end()) throw Error(name_of(*this) + ": expected the fact '" + key + "', got none" + kWhoWroteIt);
  return found->second;
}

int64_t Checkpoint::number(const std::string& key) const {
  const std::string& text = fact(key);
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0)
    throw Error(name_of(*this) + ": expected the fact '" + key + "' as a whole number, got '" + text + "'" +
                kWhoWroteIt);
  return number;
}

const Tensor& Checkpoint::tensor(const std::string& key, at::ScalarType type, at::IntArrayRef sizes) const {
  const auto found = tensors.find(key);
  if (found == tensors.end())
    throw Error(name_of(*this) + ": expected the tensor '" + key + "', got none" + kWhoWroteIt);
  const Tensor& tensor = found->second;
  bool fits = tensor.scalar_type() == type && tensor.dim() == static_cast<int64_t>(sizes.size());
  for (size_t i = 0; fits && i < sizes.size(); ++i)
    fits = sizes[i] < 0 || sizes[i] == tensor.size(static_cast<int64_t>(i));
  if (!fits)
    throw Error(c10::str(name_of(*this), ": expected the tensor '", key, "' of ", type, " ", sizes, ", got ",
                         tensor.scalar_type(), " ", tensor.sizes(), kWhoWroteIt));
  return tensor;
}

TensorMap tensors_behind(const std::string& prefix, const TensorMap& tensors) {
  TensorMap found;
  for (auto named = tensors.lower_bound(prefix); named != tensors.end() && named->first.starts_with(prefix); ++named)
    found[named->first.substr(prefix.size())] = named->second;
  return found;
}

std::string snapshot_name(int64_t samples) {
  const std::string digits = std::to_string(samples);
  return std::string(12 - std::min<size_t>(12, digits.size()), '0') + digits;
}

bool is_snapshot_name(const std::string& name) {
  return name.size() == 12 && name.find_first_not_of("0123456789") == std::string::npos;
}

void write_checkpoint(const std::string& folder, const Checkpoint& checkpoint) {
  const std::string path = folder + "/" + snapshot_name(checkpoint.samples);
  const std::string temporary = path + ".partial";
  std::error_code ignored;
  fs::remove_all(temporary, ignored);
  try {
    fs::create_directories(temporary);
    const std::string tensors = encode_safetensors(checkpoint.tensors);
    Json state = {{"format_version", kFormatVersion},
                  {"samples", checkpoint.samples},
                  {"tensors_checksum", saddle::checksum(tensors)},
                  {"facts", checkpoint.facts},
                  {"checksum", ""}};
    state["checksum"] = state_checksum(state);
    write_file(temporary + "/" + kTensors, tensors);
    write_file(temporary + "/" + kState, state.dump(1) + "\n");
    publish_directory(temporary, path);
  } catch (...) {
    fs::remove_all(temporary, ignored);
    throw;
  }
}

Checkpoint read_checkpoint(const std::string& path) {
  const std::string state_path = path + "/" + kState, tensors_path = path + "/" + kTensors;
  const std::string text = read_file(state_path);
  const Json state = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  const auto changed = [](const std::string& file) {
    return Error(file +
                 ": expected the file as it was written, got one that was changed since (its checksum differs; "
                 "remove this checkpoint to go on from the one before)");
  };
  if (!is_shallow_json(text) || !state.is_object() || !state.contains("format_version") ||
      !state["format_version"].is_number_integer())
    throw changed(state_path);
  check_format_version(state["format_version"].dump(), state_path);
  if (!state.contains("checksum") || state["checksum"] != state_checksum(state)) throw changed(state_path);
  const std::string bytes = read_file(tensors_path);
  if (checksum(bytes) != value_of<std::string>(state, "tensors_checksum", state_path)) throw changed(tensors_path);
  Checkpoint checkpoint;
  checkpoint.path = path;
  checkpoint.samples = value_of<int64_t>(state, "samples", state_path);
  checkpoint.facts = value_of<std::map<std::string, std::string>>(state, "facts", state_path);
  checkpoint.tensors = decode_safetensors(bytes, tensors_path);
  return checkpoint;
}

std::vector<std::string> list_checkpoints(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(folder, missing))
    if (entry.is_directory() && is_snapshot_name(entry.path().filename())) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

void prune_checkpoints(const std::string& folder, int64_t keep) {
  std::vector<std::string> old = list_checkpoints(folder);
  old.resize(old.size() - std::min<size_t>(old.size(), static_cast<size_t>(keep)));
  remove_checkpoints(folder, old);
}

void remove_checkpoints(const std::string& folder, const std::vector<std::string>& paths) {
  for (const auto& path : paths) fs::rename(path, path + ".partial");  // so that a half-removed one is never read
  std::vector<std::string> leftovers;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".partial") leftovers.push_back(entry.path());
  for (const auto& path : leftovers) fs::remove_all(path);
}

}  // namespace saddle
