// The table of features.
#include "saddle/features/feature_network.h"

#include "saddle/base/error.h"

namespace saddle {

Tensor FeatureNetwork::features(const std::function<Tensor()>& next) const {
  std::vector<Tensor> blocks;
  for (Tensor x = next(); x.defined(); x = next()) blocks.push_back(features(x));
  return blocks.empty() ? at::empty({0, facts_.dimension}) : at::cat(blocks);
}

std::shared_ptr<const FeatureNetwork> open_features(const std::string& name, const FeatureOptions&) {
  throw Error("features: " + unknown_name("features", name, feature_names()));
}

std::vector<std::string> feature_names() { return {}; }

}  // namespace saddle
