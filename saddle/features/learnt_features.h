// Features that were learnt from the images of the data: their learning, and their keeping.
#pragma once
#include <memory>

#include "saddle/features/feature_network.h"

namespace saddle {

/// Opens the features of a small classifier (learnt_network.h) that learns the labels of `options.train`, or has learnt
/// them: what was learnt is kept under `options.content` in `options.cache_dir`, and a damaged file there made anew.
///
/// The features are the 128 numbers before the logits. Images of more than 64 pixels a side are shrunk to that. It
/// takes one to two minutes of one thread to learn; `options.train` is read from where it stands.
/// Throws: Error without labelled images or without two classes of them, for another shape, and where `cache_dir`
/// cannot be written to.
std::shared_ptr<const FeatureNetwork> open_classifier(const FeatureOptions& options);

}  // namespace saddle
