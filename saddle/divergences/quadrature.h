// Adaptive integration over the line and the plane, on a mesh that follows where densities say their mass lies.
#pragma once
#include <functional>
#include <vector>

#include "saddle/distributions/distribution.h"

namespace saddle {

/// Several functions at once: points [n, d] float64 to values [n, k] float64, all at least 0; they may be +inf.
using Integrand = std::function<Tensor(const Tensor& points)>;

/// The integrals [boxes, k] over boxes by one Gauss-Legendre rule of 8 nodes an axis. Shapes: low, high [boxes, d].
Tensor gauss_legendre(const Tensor& low, const Tensor& high, const Integrand& integrand);

/// The whole of a sum of which the last two terms, or shells, are known: infinite where they do not fall, else
/// continued as a geometric series. Terms that do not matter leave it as it is.
double extrapolated(double sum, double before_last, double last);

/// Boxes that tile a region, and the integrals over each.
struct Leaves {
  Tensor low, high;  // [boxes, d]
  Tensor values;     // [boxes, k]
};

/// Integrates over boxes, halving each along every axis until the halves agree with the whole.
///
/// A box is done where no integral moves by more than
/// `tolerance` (times the total where that is above 1) as it is cut; functions that are infinite somewhere do not
/// count. Shapes: low and high [boxes, d], d being 1 or 2. Ends after 4 million points at the latest.
Leaves integrate_boxes(const Tensor& low, const Tensor& high, const Integrand& integrand, double tolerance);

/// A mesh over practically all of R^d for densities with these landmarks: cut at edges, as fine as the grain at each
/// landmark, and coarser in proportion to the distance from it.
struct Mesh {
  Tensor low, high;     // [boxes, d]
  Tensor centre, half;  // [d]: of the whole
};

/// Shapes: landmarks in R^d, d being 1 or 2; at least one has a positive grain.
Mesh make_mesh(const std::vector<Landmark>& landmarks);

/// Returns the k integrals over R^d: infinite where a function is somewhere, or where its tail does not fall.
///
/// The mesh ends 2^150 extents from its centre on the line (2^30 in the plane). What lies beyond is extrapolated from
/// the last two shells, whose widths double: a power law's shells are a geometric series.
std::vector<double> integrate(const std::vector<Landmark>& landmarks, const Integrand& integrand, double tolerance);

}  // namespace saddle
