// How sharp images are: the strength of their edges, which blur takes away and noise does not add to.
#pragma once
#include "saddle/base/tensor.h"

namespace saddle {

/// The sharpness of some images, with its interval over them.
struct Sharpness {
  double value;
  double lower, upper;  // 95 %, normal; of the mean over images
};

/// Returns the root mean product of neighbouring second differences across an edge.
///
///   sharpness^2 = 1/2 (E[xx(i, j) xx(i + 1, j)] + E[yy(i, j) yy(i, j + 1)])
///   xx(i, j) = x(i, j - 1) - 2 x(i, j) + x(i, j + 1), and yy down the columns
///
/// An edge goes on from one row to the next, so that its curvature there is much the same; noise that is independent
/// from pixel to pixel is not, and adds nothing on average. A Laplacian's size would call a blurred, noisy picture
/// sharp. Compare it with that of real images of the same size.
/// Shapes: x [n, C, H, W] float with H, W >= 3; n >= 2. Units: those of the pixels. 0 where the mean is negative.
/// Throws: Error for another shape.
Sharpness sharpness(const Tensor& x);

}  // namespace saddle
