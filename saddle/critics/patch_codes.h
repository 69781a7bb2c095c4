// What small patches of images look like, window by window: features that no label enters.
#pragma once
#include <cstdint>
#include <vector>

#include "saddle/base/rng.h"
#include "saddle/base/tensor.h"

namespace saddle {

/// A part of an image.
struct Window {
  int64_t top, left, height, width;
};

/// Windows of about a third of the image's sides, in 5 rows of 5 that overlap by half.
std::vector<Window> survey_windows(int64_t height, int64_t width);

/// Returns images of at most 32 pixels a side, larger ones averaged down. Shapes: [n, c, h, w].
Tensor patch_images(const Tensor& images);

/// How finely patches are told apart.
struct PatchOptions {
  int64_t centres;  // of the clusters of patches: so many features
  int64_t stride;   // pixels from one patch to the next
};

/// A soft histogram of the patches in one window: how near they come to each of some typical patches, on average.
///
/// The patches of 3 by 3 pixels are whitened, so that a small difference of colour counts as much as that of light and
/// dark, and clustered. A patch's code is max(0, mean distance to the centres - distance to each).
/// Source: Coates, Lee and Ng 2011, An analysis of single-layer networks in unsupervised feature learning (the
/// "triangle" code), there over quarters of the image.
class PatchCodes {
 public:
  /// Finds the centres in patches of some of the images. Shapes: images [n, c, h, w] float32.
  PatchCodes(const Tensor& images, const Window& window, const PatchOptions& options, Rng& rng);

  /// Returns the codes of images. Shapes: result [n, centres] float32. Cost: O(n pixels centres).
  Tensor operator()(const Tensor& images) const;

 private:
  Tensor patches(const Tensor& images) const;  // [n, patches, 9 c]

  Window window_;
  int64_t stride_;
  Tensor mean_, whiten_, centres_;
};

}  // namespace saddle
