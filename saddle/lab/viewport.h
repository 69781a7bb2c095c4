// The part of the line or the plane that a page shows, and what it takes there: numbers, or maps as bytes.
#pragma once
#include <string>
#include <vector>

#include "saddle/base/tensor.h"
#include "saddle/distributions/distribution.h"

namespace saddle {

/// How far something to be shown extends.
struct Extent {
  Tensor low, high;  // [d]; undefined: there is nothing
};

/// The extent of both.
Extent joined(const Extent& a, const Extent& b);

/// What is shown of the line or the plane, and the density P there.
struct Viewport {
  Tensor low, high;  // [d]; a square in the plane
  Tensor points;     // [241, 1], or [64 * 64, 2] in rows from the top
  Tensor log_p;      // there
  double most = 0;   // of p there
};

/// A viewport on an extent, with a margin about it.
Viewport viewport_on(const Distribution& density, const Extent& extent);

/// The middles of n x n cells of a square in the plane, in rows from the top. Shapes: middle [2], result [n * n, 2].
Tensor square_points(const Tensor& middle, double side, int64_t n);

/// As a JSON object: box, x or cells, p and p_max.
std::string viewport_json(const Viewport& viewport);

/// What G and D are at the viewport's points; undefined: it is left out.
struct ViewportMaps {
  Tensor q = {}, d = {}, d_star = {};  // [points]
};

/// As a JSON object of what there is: numbers on the line; in the plane bytes in base64, 255 sqrt(q / p_max) or 255 D.
std::string maps_json(const Viewport& viewport, const ViewportMaps& maps);

/// Points of the plane as int16 in 1/32767 of half the viewport from its middle, clipped to it, in base64.
std::string places_in(const Viewport& viewport, const Tensor& points);

/// A number cut to so many significant digits, which keeps messages small.
double rounded(double number, int digits);

/// Each number likewise, all entries of a tensor, and those of a matrix by rows.
std::vector<double> rounded(std::vector<double> numbers, int digits);
std::vector<double> rounded(const Tensor& x, int digits);
std::vector<std::vector<double>> rounded_rows(const Tensor& x, int digits);

}  // namespace saddle
