// Finds, for generated samples, the nearest samples of the data: the test of the eye for copies.
#pragma once
#include <cstdint>

#include "saddle/base/sampler.h"
#include "saddle/base/tensor.h"

namespace saddle {

/// The nearest candidates of each query, the nearest first.
struct Neighbours {
  Tensor distance;  // [n, k] float32, Euclidean, in the units of the candidates
  Tensor x;         // [n, k, ...], the candidates themselves
};

/// Searches `count` draws of a sampler for the k nearest to each query; for a sampler over a data set and its count
/// that is every sample once.
///
///   distance(q, c) = |q - c|_2 over all pixels and channels
///
/// Shapes: queries [n, ...sampler.shape()], float, on the CPU. Of equally near ones any is taken. The sampler moves on
/// by `count` draws.
/// Throws: Error if shapes differ or there are fewer than k draws.
/// Cost: O(n count d) time, a matrix product at heart; O(block (n + d) + n k d) memory, with blocks of 1,024 draws.
Neighbours nearest_neighbours(const Tensor& queries, Sampler& candidates, int64_t count, int64_t k = 1);

}  // namespace saddle
