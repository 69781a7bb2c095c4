// Random transforms T of images: D sees T(x) of real and fake images alike, so that few images are soon no longer
// known by heart.
#pragma once
#include "saddle/base/rng.h"
#include "saddle/training/augmentation_kinds.h"

namespace saddle {

/// T as it was drawn for n images. It is affine in each image and differentiable any number of times; made of no
/// tensors it is the identity, and costs nothing.
struct Transform {
  Tensor inverse;  // [n, 2, 3]: where each pixel is read (`warp`); undefined: images stay in place
  Tensor colours;  // [n, C, C + 1]: matrix and constant, of the channels of a pixel; undefined: as they are
  Tensor holes;    // [n, 4]: first and last row, first and last column that become 0; undefined: no holes

  /// Shapes: x [n, C, H, W]; result as x.
  Tensor operator()(const Tensor& x) const;

  /// T of the images from number `begin` to before `end`.
  Transform slice(int64_t begin, int64_t end) const;
};

/// The law of T. Each kind is drawn for each image with a probability of its own:
///
/// flip      left and right, a half of the times
/// shift     by whole pixels, uniformly up to an eighth of the side
/// scale     by 2^N(0, 0.2^2)
/// rotation  by an angle uniform on the circle
/// colour    brightness + N(0, 0.2^2), contrast 2^N(0, 0.5^2); with three colours also hue, turned about the greys
///           by an angle uniform on the circle, and saturation 2^N(0, 1); each with half of the probability
/// cutout    a hole of half the height and width whose middle is uniform on the image
///
/// The first four are one resampling. What comes from beyond the border is the image's mirror image there. Alpha stays,
/// and colours that are multiplied by it stay so. Below a probability of about 0.8 T loses nothing: T(P) = T(Q) only
/// where P = Q. Source: Karras et al. 2020, Training generative adversarial networks with limited data, appendix B.
struct Augmentation {
  static constexpr double kMostProbability = 0.8;

  AugmentationKinds kinds = {};
  double probability = 0;

  /// Draws T for images like x [n, C, H, W]; where the probability is 0 it draws nothing.
  ///
  /// The draws are made where `rng` is, on the processor. Throws: Error where there are kinds, and x is no image.
  Transform draw(const Tensor& x, Rng& rng) const;
};

}  // namespace saddle
