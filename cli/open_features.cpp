// Implements the opening of features for the program.
#include "cli/open_features.h"

#include "cli/cache_folder.h"
#include "saddle/features/stacked_network.h"

namespace saddle::cli {
std::shared_ptr<const FeatureNetwork> open_features_for(const std::string& name, const std::vector<int64_t>& shape,
                                                        const Dataset* data, bool allow_code, ProgressLine& line) {
  FeatureOptions options;
  options.shape = shape;
  const std::string cache = cache_folder();
  options.cache_dir = cache.empty() ? "" : cache + "/features";
  options.allow_code = allow_code;
  options.progress = [&line](const std::string& what, double share) {
    line.show(what, std::lround(100 * share), 100, "");
  };
  const bool stacked = data != nullptr && data->summary().channel_classes > 0;
  std::unique_ptr<Sampler> learning;
  if (data != nullptr) {
    const DataSummary& summary = data->summary();
    learning = stacked ? data->channel_sampler(Part::train, "features") : data->sampler(Part::train, "features");
    options.train = learning.get();
    options.label_counts = stacked ? summary.channel_label_counts : summary.label_counts;
    options.content = summary.content;
    options.shape = learning->shape();
  }
  auto features = open_features(name, options);
  line.end();
  return stacked ? stack_features(std::move(features), shape[0]) : features;
}

Tensor class_shares(const DataSummary& data) {
  const std::vector<int64_t>& images = data.channel_label_counts;
  if (images.empty() || *std::min_element(images.begin(), images.end()) == 0) return {};
  const Tensor counts = at::tensor(at::ArrayRef<int64_t>(images), at::kDouble);
  const Tensor shares = counts / counts.sum();
  return at::outer(at::outer(shares, shares).flatten(), shares).flatten();
}

}  // namespace saddle::cli
