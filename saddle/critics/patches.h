// Critics for images: of details in the few places where they differ, and of parts that depend on each other.
#pragma once
#include "saddle/critics/critic.h"

namespace saddle {

/// Fits a logistic regression and trees on codes of the patches (patch_codes.h) in the windows that differ most.
///
/// Coarse codes of every window choose three: those whose means differ most between the sides, by the score test of a
/// logistic regression. There the codes are fine. Both fits are weighed on `held`. It is strong where a detail of a few
/// pixels differs that is somewhere near one place.
Critic fit_patches(const Labelled& train, const Labelled& held, uint64_t seed);

/// Fits products of principal directions that differ (additive.h): of the pictures, and of coarse codes of the patches
/// in every window. It is strong where parts of an image depend on each other in another way.
Critic fit_leading_products(const Labelled& train, const Labelled& held, uint64_t seed);

}  // namespace saddle
