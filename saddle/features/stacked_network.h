// Features of stacks, images whose channels are grey images of their own.
#pragma once
#include <memory>

#include "saddle/features/feature_network.h"

namespace saddle {

/// Returns the features of each channel by a network of single grey images, one channel's after another's.
///
/// Where that tells K classes apart, this tells K^C of C channels: ((k_0 K + k_1) K + ...) + k_{C-1}.
std::shared_ptr<const FeatureNetwork> stack_features(std::shared_ptr<const FeatureNetwork> images, int64_t channels);

}  // namespace saddle
