// Features of a user's own network, from a TorchScript file.
#pragma once
#include <memory>
#include <string>

#include "saddle/features/feature_network.h"

namespace saddle {

/// Opens a TorchScript file as features: a program that maps images [n, 3, h, w] with values from 0 to 255 to [n, d].
///
/// Images are rounded to 8 bits and given as float32 in their own size; grey is repeated in three channels, RGBA
/// colours are multiplied by their opacity. Where `forward` has an argument `return_features`, it is true: so NVIDIA's
/// inception-2015-12-05.pt gives its 2,048 features. The program is set to evaluation.
/// Throws: Error without `options.allow_code`, for a file that is no TorchScript or has no such function, one that
/// fails on images of this shape or returns something else than [n, d], and one whose features of an image depend on
/// the others beside it.
std::shared_ptr<const FeatureNetwork> open_torchscript(const std::string& path, const FeatureOptions& options);

}  // namespace saddle
