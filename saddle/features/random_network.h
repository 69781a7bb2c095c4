// Features without learning: a convolutional network whose weights are drawn once and for all.
#pragma once
#include <memory>

#include "saddle/features/feature_network.h"

namespace saddle {

/// Opens the features of a random network: after each of up to five stages, each channel's mean and standard deviation
/// over the picture.
///
/// A stage is a convolution by 4x4 kernels with stride 2, to 16 channels or 32 from the third on, and leaky ReLU, while
/// more than two pixels a side are left. Its weights are drawn from N(0, 2 / ((1 + slope^2) 16 channels)), the same for
/// everybody. RGBA colours are multiplied by their opacity.
/// Takes images of any size and of 1, 3 or 4 channels; the number of features depends on their size.
/// Throws: Error for another shape in `options`.
std::shared_ptr<const FeatureNetwork> open_random_network(const FeatureOptions& options);

}  // namespace saddle
