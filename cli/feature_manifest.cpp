// Implements the manifest of features.
#include "cli/feature_manifest.h"

#include <nlohmann/json.hpp>

#include "saddle/base/error.h"
#include "saddle/base/version.h"
#include "saddle/io/file.h"

namespace saddle::cli {
namespace {

std::string manifest_path(const std::string& path) { return path + ".json"; }

}  // namespace

void write_feature_manifest(const std::string& path, const FeatureManifest& manifest) {
  const nlohmann::ordered_json json = {{"features", manifest.facts.name}, {"hash", manifest.facts.hash},
                                       {"input", manifest.facts.input},   {"dimension", manifest.facts.dimension},
                                       {"data", manifest.data},           {"count", manifest.count},
                                       {"seed", manifest.seed},           {"version", version()}};
  write_file(manifest_path(path),
             json.dump(2, ' ', /*ensure_ascii=*/false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
}

std::optional<FeatureManifest> read_feature_manifest(const std::string& path) {
  std::error_code error;
  const std::string from = manifest_path(path);
  if (!std::filesystem::is_regular_file(from, error)) return std::nullopt;
  const auto json = nlohmann::json::parse(read_file(from), nullptr, /*allow_exceptions=*/false);
  const auto text = [&](const char* key) {
    const auto found = json.is_object() ? json.find(key) : json.end();
    if (!json.is_object() || found == json.end() || !found->is_string())
      throw Error(from + ": expected what saddle features writes beside an array, got other content");
    return found->get<std::string>();
  };
  FeatureManifest manifest;
  manifest.facts.name = text("features");
  manifest.facts.hash = text("hash");
  manifest.facts.input = text("input");
  manifest.data = text("data");
  return manifest;
}

void check_same_features(const std::string& p, const std::string& q) {
  const auto of_p = read_feature_manifest(p), of_q = read_feature_manifest(q);
  if (!of_p || !of_q) return;
  if (of_p->facts.hash != of_q->facts.hash || of_p->facts.input != of_q->facts.input)
    throw Error(q + ": expected the features of " + p + ", " + of_p->facts.name + " (" + of_p->facts.hash + "), got " +
                of_q->facts.name + " (" + of_q->facts.hash + ")");
}

}  // namespace saddle::cli
