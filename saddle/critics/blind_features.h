// Sets of features of rows that no label enters, for tests by permutation.
#pragma once
#include <cstdint>
#include <vector>

#include "saddle/base/tensor.h"

namespace saddle {

/// Returns sets of features of the rows [n, d], centred.
///
/// The sets: principal directions; cosines of the columns' ranks, of orders up to 3, 6 and 12; where there is more than
/// one direction, their products, offsets from the clusters of mixtures, few and many, and random cosines at three
/// scales. All but the last are whitened, so that under P = Q the squared length of the difference of two groups' means
/// is close to a chi-squared number; of the random cosines that length is the MMD of a Gaussian kernel.
/// Source: Neyman 1937, Smooth test for goodness of fit (ranks); Rahimi and Recht 2007 (random cosines).
/// Shapes: each [n, k] float32.
std::vector<Tensor> blind_features(const Tensor& rows, uint64_t seed);

}  // namespace saddle
