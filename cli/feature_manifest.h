// What stands beside an array of features: FILE.npy.json says by what and of what they were made.
#pragma once
#include <optional>
#include <string>

#include "saddle/features/feature_network.h"

namespace saddle::cli {

/// By what and of what features were made.
struct FeatureManifest {
  FeatureFacts facts;
  std::string data;  // as the user wrote it
  int64_t count = 0;
  uint64_t seed = 0;
};

/// Writes the manifest of the array `path`.
void write_feature_manifest(const std::string& path, const FeatureManifest& manifest);

/// Reads it; none where there is none. Throws: Error where the file is no manifest.
std::optional<FeatureManifest> read_feature_manifest(const std::string& path);

/// Refuses two arrays of which both say by what they were made, and say different things.
void check_same_features(const std::string& p, const std::string& q);

}  // namespace saddle::cli
