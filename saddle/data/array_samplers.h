// The samplers of a data set in one tensor: shuffled epochs, and classes in turn, both of which resume exactly.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "saddle/data/array_dataset.h"

namespace saddle {

/// What a data set in one tensor and its samplers share.
struct ArrayContent {
  static constexpr size_t kParts = 5;

  Samples samples;
  std::array<std::vector<int64_t>, kParts> parts;  // as Part counts them
  Units units;                                     // of points, by the part train
  std::shared_ptr<const TableCodec> codec;         // of a table, likewise

  uint64_t seed = 0;
  bool flip = false;   // of the part train
  size_t classes = 0;  // of the labels

  std::vector<int64_t> shape() const;  // of what samplers give
};

/// Epochs of one part, each shuffled by a generator of its own that `stream` names, so that (epoch, position) is the
/// whole state.
std::unique_ptr<Sampler> epoch_sampler(std::shared_ptr<const ArrayContent> content, Part part, std::string stream);

/// Each class of a part in turn, in an order that each round shuffles by a generator of its own: the number of samples
/// drawn is the whole state. The samples have labels.
std::unique_ptr<Sampler> class_sampler(std::shared_ptr<const ArrayContent> content, Part part,
                                       const std::string& stream);

/// Samples as they are, in float64; images as samplers give them.
Batch own_rows(const ArrayContent& content, std::span<const int64_t> rows);

}  // namespace saddle
