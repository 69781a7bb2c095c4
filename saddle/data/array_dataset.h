// A data set whose samples all lie in one tensor.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>

#include "saddle/base/tensor.h"
#include "saddle/data/dataset.h"
#include "saddle/data/split.h"

namespace saddle {

/// Prepared samples, and what tells them from other data.
struct Samples {
  Tensor x;                  // images: uint8 [N, H, W, C]; points: floats [N, d]; contiguous, on the CPU
  Tensor labels;             // int64 [N]; undefined where there are none
  uint64_t fingerprint = 0;  // of the samples' content
  std::function<void(int64_t rows)> used = {};  // is told how many rows were read; may be empty
  std::vector<uint64_t> keys = {};  // by row: those with equal keys stay in one half of select; empty: none are equal
  bool as_rows = false;             // rows of a table, x float64 [N, columns]: they are no points
};

/// Makes a data set of samples and the rows of its parts; a row in no part is left out.
///
/// Fills in the summary's kind, count, parts, shape, units and label counts, and warns of parts too small to tell much.
/// Of `options` it uses the seed and the augmentation. Throws: Error naming a column of points that float32 would spoil
/// in those units.
std::unique_ptr<Dataset> make_array_dataset(Samples samples, Parts parts, DataSummary summary,
                                            const DataOptions& options);

}  // namespace saddle
