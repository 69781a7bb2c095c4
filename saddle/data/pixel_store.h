// Room for decoded images, or for points: memory, or a mapped file that goes away by itself.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "saddle/base/tensor.h"

namespace saddle {

/// Room for samples, and what to tell it when it was used.
struct PixelStore {
  Tensor pixels;                                  // contiguous
  std::function<void(int64_t images)> used = {};  // may be empty; after that many were read or written
};

/// Takes room for images, or points of another type: memory where they fit into `memory_bytes`, else a file in
/// `folder`, mapped and already unlinked, so that nothing is left behind however the process ends.
///
/// Pages of the file stay in the process only until `used` has counted about half of `memory_bytes`.
/// `folder` empty: /var/tmp. Throws: Error naming the folder where the file cannot be had (a full disk).
PixelStore allocate_pixels(at::IntArrayRef shape, int64_t memory_bytes, const std::string& folder,
                           at::ScalarType type = at::kByte);

}  // namespace saddle
