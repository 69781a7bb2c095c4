// The images of one side of a measurement, a block at a time and as often as one asks for them.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "saddle/data/dataset.h"
#include "saddle/distributed/group.h"
#include "saddle/features/feature_network.h"

namespace saddle::cli {

/// Images in a fixed order that are read or drawn anew whenever they are needed, so that nobody holds them all.
struct ImageRows {
  using Next = std::function<Batch()>;  // the next block, x [n, C, H, W] float32; x undefined: there are no more

  int64_t count = 0;            // 0: there are none
  std::function<Next()> begin;  // starts anew
};

/// Those of some parts of a data set, one part after the other.
ImageRows rows_of_dataset(std::shared_ptr<const Dataset> data, std::vector<Part> parts);

/// `count` images that `draw(n)` makes in blocks, after each call of `restart` the same ones.
ImageRows rows_of_draws(int64_t count, std::function<std::function<Batch(int64_t n)>()> restart);

/// Passes every block by `visit`.
void for_each_block(const ImageRows& rows, const std::function<void(const Batch&)>& visit);

/// The images with these numbers, in that order. Shapes: numbers [k] int64; result [k, C, H, W].
Tensor pick_images(const ImageRows& rows, const Tensor& numbers);

/// Numbers of at most `most` of n rows: all, or some drawn at random and in order. Shapes: result [k] int64.
Tensor some_numbers(int64_t n, int64_t most, uint64_t seed);

/// Labels of all rows [count] int64; undefined where they have none.
Tensor labels_of(const ImageRows& rows);

/// Hashes of all images, as `row_hashes` has them.
std::vector<uint64_t> hashes_of(const ImageRows& rows);

/// What a network makes of all images, of which the ranks of a group share the blocks out; `progress` hears of the
/// number done.
struct RowFeatures {
  Tensor features;  // [count, d] float32
  Tensor classes;   // [count] int64, by the network; undefined where it has none
  Tensor labels;    // [count] int64, their own; undefined where they have none
};
RowFeatures features_of(const ImageRows& rows, const FeatureNetwork& network,
                        const std::function<void(int64_t done)>& progress, Group& group);

}  // namespace saddle::cli
