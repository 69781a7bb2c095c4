// Implements features of stacks.
#include "saddle/features/stacked_network.h"

#include <cstdio>

#include "saddle/base/error.h"
#include "saddle/io/hash.h"

namespace saddle {
namespace {

class StackedNetwork final : public FeatureNetwork {
 public:
  StackedNetwork(std::shared_ptr<const FeatureNetwork> images, int64_t channels)
      : images_(std::move(images)), channels_(channels) {
    facts_ = images_->facts();
    char hash[17];
    std::snprintf(hash, sizeof hash, "%016llx",
                  static_cast<unsigned long long>(hash_bytes(facts_.hash, static_cast<uint64_t>(channels))));
    facts_.hash = hash;
    facts_.input = "each channel by itself, " + facts_.input;
    facts_.dimension *= channels;
  }

  Tensor features(const Tensor& x) const override {
    if (x.dim() != 4 || x.size(1) != channels_)
      throw Error("features " + facts_.name + ": expected stacks of " + std::to_string(channels_) +
                  " channels, got images of another shape");
    const Tensor single = x.contiguous().view({x.size(0) * channels_, 1, x.size(2), x.size(3)});
    return images_->features(single).view({x.size(0), facts_.dimension});
  }

  int64_t class_count() const override {
    int64_t count = 1;
    for (int64_t c = 0; c < channels_; ++c) count *= images_->class_count();
    return count;
  }

  Tensor classes(const Tensor& features) const override {
    const Tensor each = features.contiguous().view({features.size(0) * channels_, -1});
    const Tensor found = images_->classes(each).view({features.size(0), channels_});
    Tensor classes = at::zeros({features.size(0)}, at::kLong);
    for (int64_t c = 0; c < channels_; ++c) classes = classes * images_->class_count() + found.select(1, c);
    return classes;
  }

 private:
  std::shared_ptr<const FeatureNetwork> images_;
  int64_t channels_;
};

}  // namespace

std::shared_ptr<const FeatureNetwork> stack_features(std::shared_ptr<const FeatureNetwork> images, int64_t channels) {
  return std::make_shared<StackedNetwork>(std::move(images), channels);
}

}  // namespace saddle
