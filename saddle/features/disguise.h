// Ways to disguise images, for a network that learns to tell which one was taken.
#pragma once
#include <cstdint>

#include "saddle/base/rng.h"
#include "saddle/base/sampler.h"

namespace saddle {

constexpr int64_t kDisguises = 16;  // ways to disguise an image: four turns times four kinds of damage

/// Images in disguises drawn at random, and their numbers: 4 turn + damage.
///
/// Turns: by 0, 1, 2 or 3 quarters, or of images that are no squares: not, mirrored across, upside down, both. Damage:
/// none, half of the resolution lost, noise of standard deviation 0.2, the halves left and right exchanged.
/// Shapes: x [n, C, H, W] in [-1, 1]; result alike, labels [n] in [0, kDisguises).
Batch disguised(const Tensor& x, Rng& rng);

}  // namespace saddle
