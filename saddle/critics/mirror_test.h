// Have images and their mirror images one distribution? Left and right mean the same then.
#pragma once
#include <cstdint>

#include "saddle/base/tensor.h"

namespace saddle {

/// The outcome of a test of mirror symmetry.
struct MirrorTest {
  double p_value;   // P(p_value <= a) <= a for symmetric images, for every a and at every number of images
  double accuracy;  // share of the judged images that the critic tells from their mirror images; 1/2 is chance
  int64_t images;   // that were judged
  int64_t groups;   // of them that are independent of one another
};

/// Tests whether images and their mirror images can be told apart.
///
/// A CombinedCritic is fitted on one half of the groups, half of whose images are mirrored, and judges the other half:
/// for every image there, its log-odds less those of the mirror image. Under symmetry mirroring a group changes the
/// sign of its sum and no probability, so that the sum of all is compared with those under random signs of the groups.
/// Shapes: images [n, C, H, W]; groups [n] int64, images of one group are no independent ones; undefined: all are.
/// Throws: Error where a half has fewer than 20 images.
MirrorTest mirror_test(const Tensor& images, const Tensor& groups, uint64_t seed);

}  // namespace saddle
