// Sets of features of rows that no label enters, for tests by permutation.
#pragma once
#include <cstdint>
#include <vector>

#include "saddle/base/tensor.h"

namespace saddle {

/// Sets of features of one kind, which a test takes as one: the set that stands out most speaks for all.
using FeatureFamily = std::vector<Tensor>;

/// Returns sets of features of rows [n, d], centred; of images also of the images [n, c, h, w] themselves, which are
/// undefined for other rows, and of what a feature network makes of them [n, f], where it is defined.
///
/// The sets, each a family of its own: principal directions; cosines of the columns' ranks, of orders up to 3, 6 and
/// 12; where there is more than one direction, their products, offsets from the clusters of mixtures, few and many, and
/// random cosines at three scales. Of images also products of the leading directions, and, as one family, the codes of
/// the patches in each window (patch_codes.h). All but the random cosines are whitened, so that under P = Q the squared
/// length of the difference of two groups' means is close to a chi-squared number; of the cosines that length is the
/// MMD of a Gaussian kernel.
/// Source: Neyman 1937, Smooth test for goodness of fit (ranks); Rahimi and Recht 2007 (random cosines).
/// Shapes: each [n, k] float32.
std::vector<FeatureFamily> blind_features(const Tensor& rows, const Tensor& images, const Tensor& of_network,
                                          uint64_t seed);

}  // namespace saddle
