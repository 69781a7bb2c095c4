// The critic of what a feature network makes of images.
#pragma once
#include <cstdint>

#include "saddle/critics/critic.h"

namespace saddle {

/// Fits a logistic regression and boosted trees on the features, standardised, and products of their leading principal
/// directions; held-out rows weigh the three.
///
/// Shapes: features [n, f] of both; at least two columns that vary.
Critic fit_features(const Labelled& train, const Labelled& held, uint64_t seed);

}  // namespace saddle
