// Features of a network that was trained on ImageNet.
#pragma once
#include <memory>

#include "saddle/features/feature_network.h"

namespace saddle {

/// Opens the 1,280 features of EfficientNet-Lite0 before its classifier, from `options.cache_dir` +
/// "/efficientnet-lite0.safetensors", which `./run features` makes.
///
/// Images are resized to 224x224 pixels, bicubically with antialiasing, and clamped; grey is repeated in three
/// channels, RGBA colours are multiplied by their opacity; pixels are (value - 127) / 128 with values from 0 to 255.
/// Throws: Error without that file, and where it does not hold the network.
/// Cost: 0.41e9 multiplications an image.
std::shared_ptr<const FeatureNetwork> open_imagenet(const FeatureOptions& options);

}  // namespace saddle
