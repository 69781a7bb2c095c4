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

/// Opens the features of the same network that learns, without labels, how images of `options.train` were disguised:
/// turned by a quarter, a half or three quarters (mirrored, where they are no squares), and blurred, noisy, cut in the
/// middle with halves exchanged, or none of these. Kept as those of `open_classifier`.
///
/// Source: Gidaris et al. 2018, Unsupervised Representation Learning by Predicting Image Rotations.
/// Throws: Error without images to learn from, for another shape, and where `cache_dir` cannot be written to.
std::shared_ptr<const FeatureNetwork> open_self_supervised(const FeatureOptions& options);

}  // namespace saddle
