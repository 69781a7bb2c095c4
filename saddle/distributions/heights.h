// Densities on the unit interval and the unit square, given by their heights.
#pragma once
#include <cstdint>
#include <vector>

#include "saddle/base/rng.h"
#include "saddle/base/tensor.h"

namespace saddle {

/// A density on [0, 1] or [0, 1]^2 by its heights on a regular grid, scaled so that its integral is 1.
///
/// Steps: each height holds in a cell of its own, all of one size. Else the heights stand at evenly spaced points, the
/// first at 0 and the last at 1, and the density is linear (bilinear) between them: {0, 1} is the density 2u.
class Heights {
 public:
  /// How the density goes on between heights.
  enum class Form { linear, steps };

  /// Heights along one axis, or, as rows of equal length, along two.
  ///
  /// Throws: Error unless all are finite and at least 0, one is above 0, and there are enough: one for steps, two along
  /// each axis for lines; at most 64 along each of two axes and 2,000 along one.
  Heights(const std::vector<double>& heights, Form form);
  Heights(const std::vector<std::vector<double>>& rows, Form form);  // along two axes

  /// How many axes there are: 1 or 2.
  int64_t axes() const { return axes_; }

  /// How many cells of equal size there are along an axis; the density is smooth in each.
  int64_t cells(int64_t axis) const { return corners_.size(axis); }

  bool is_steps() const { return form_ == Form::steps; }  // whether it is constant between neighbours

  /// Returns n independent draws. Shapes: result [n, axes] float64.
  Tensor sample(int64_t n, Rng& rng) const;

  /// Returns the density; 0 outside. Shapes: x [n, axes] float64, result [n].
  Tensor density(const Tensor& x) const;

  /// Whether both are the same heights.
  bool operator==(const Heights& other) const;

 private:
  Form form_;
  int64_t axes_;
  Tensor corners_;  // [cells, cells, 2, 2]: the density at the corners of each cell; one cell along a missing axis
};

}  // namespace saddle
