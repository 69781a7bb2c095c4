// The distribution of G(z), z ~ N(0, I), for a generator on the line or in the plane: its density, its atoms, its
// nodes.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "saddle/base/tensor.h"

namespace saddle {

/// A generator in float64 with as many latents as coordinates. Shapes: z [n, d] to x [n, d], row by row.
using GeneratorFunction = std::function<Tensor(const Tensor& z)>;

/// How finely the latents are cut.
struct PushOptions {
  double tolerance = 2e-8;      // a cell is cut in halves where more mass than this has another density than was read
  int64_t most_cells = 250000;  // at which cutting ends, counted before the last halving
  int64_t first_cells = 4096;   // on the line, before any is cut
};

/// Points with weights that sum to 1: the mean of f over a distribution is about sum_i weights[i] f(points[i]).
struct Nodes {
  Tensor points;   // [n, d] float64
  Tensor weights;  // [n] float64
  Tensor density;  // [n] float64, of the distribution itself; of G's, at least that of one piece; +inf at an atom
};

/// A box in the space of the data: what P puts mass on.
struct Boxes {
  Tensor low, high;  // [boxes, d]
};

/// The distribution of a generator's samples.
///
/// G is replaced by a function that is linear on each of many small cells of the latents and equal to G at their
/// corners; of that one everything is exact up to rounding. Cells are cut where G bends, so that a network of ReLUs,
/// which is linear in pieces, is met within `tolerance` at its kinks. Cells that G maps to a point (in the plane: or to
/// a line) have no density: their mass is singular.
class PushedDensity {
 public:
  virtual ~PushedDensity() = default;

  /// The density of the part that has one. Shapes: x [n, d], result [n] float64.
  virtual Tensor density(const Tensor& x) const = 0;

  /// The mass on points and lines.
  virtual double singular_mass() const = 0;

  /// Nodes for means over the whole distribution, atoms included.
  virtual Nodes nodes() const = 0;

  /// The ends of the pieces on which the density is smooth, ascending; on the line only.
  virtual std::vector<double> cuts() const { return {}; }

  /// The same from cells twice as large, which tells the error.
  virtual std::unique_ptr<PushedDensity> coarser() const = 0;

 protected:
  PushedDensity() = default;
  PushedDensity(const PushedDensity&) = default;
  PushedDensity& operator=(const PushedDensity&) = default;
};

/// Pushes N(0, 1) through a generator on the line, by change of variables through its monotone pieces.
///
/// Latents beyond +-9 (mass 2e-19) are left out. Throws: Error if G's results are not finite or not [n, 1].
std::unique_ptr<PushedDensity> push_line(const GeneratorFunction& generator, const PushOptions& options);

/// Pushes N(0, I) through a generator in the plane: each latent cell is two triangles.
///
/// Cells whose image meets none of `boxes` are not cut further: where nothing else is, their density does not matter.
/// Latents beyond +-5.2 (mass 4e-7) are left out. Throws: Error if G's results are not finite or not [n, 2].
/// Cost: a forward pass of some 100,000 to 300,000 latents, and as much time again for the search of triangles.
std::unique_ptr<PushedDensity> push_plane(const GeneratorFunction& generator, const Boxes& boxes,
                                          const PushOptions& options);

}  // namespace saddle
