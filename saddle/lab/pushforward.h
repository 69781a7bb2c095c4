// The distribution of G(z), z ~ N(0, I), for a generator on the line or in the plane, by pushing the latents forward,
// and its exact divergence from a known density.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "saddle/base/constants.h"
#include "saddle/distributions/distribution.h"
#include "saddle/networks/network.h"

namespace saddle {

/// A function of points in float64, row by row. Shapes: [n, d] to [n, d] of a generator, to [n] of a discriminator.
using PointFunction = std::function<Tensor(const Tensor& points)>;

/// A generator in float64: map(z) + noise e, with z ~ N(0, I) in as many dimensions as it has coordinates, or in others
/// where there is noise, and e ~ N(0, I).
struct GeneratorFunction {
  PointFunction map;    // of z [n, latents]; null: there is no generator
  Tensor noise = {};    // [d] standard deviations; undefined: none
  int64_t latents = 0;  // 0: as many as coordinates

  GeneratorFunction() = default;
  template <class Map>
    requires std::is_invocable_r_v<Tensor, Map, const Tensor&>
  GeneratorFunction(Map of_latents) : map(std::move(of_latents)) {}  // without noise

  Tensor operator()(const Tensor& z) const { return map(z); }  // without the noise

  /// n draws of d coordinates, with the noise.
  Tensor sample(int64_t n, int64_t d, Rng& rng) const;
};

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

  /// Nodes for means over the whole distribution, atoms included; none stands for an image longer than `longest`.
  virtual Nodes nodes(double longest) const = 0;
  Nodes nodes() const { return nodes(kInfinity); }  // without that limit

  /// The ends of the pieces on which the density is smooth, ascending; on the line only.
  virtual std::vector<double> cuts() const { return {}; }

  /// The same from cells twice as large, which tells the error.
  virtual std::unique_ptr<PushedDensity> coarser() const = 0;

 protected:
  PushedDensity() = default;
  PushedDensity(const PushedDensity&) = default;             // copies
  PushedDensity& operator=(const PushedDensity&) = default;  // copies
};

/// Pushes N(0, 1) through a generator on the line, by change of variables through its monotone pieces.
///
/// Latents beyond +-9 (mass 2e-19) are left out. Throws: Error if G's results are not finite or not [n, 1].
std::unique_ptr<PushedDensity> push_line(const PointFunction& generator, const PushOptions& options);

/// Pushes N(0, I) through a generator in the plane: each latent cell is two triangles.
///
/// Cells whose image meets none of `boxes` are not cut further: where nothing else is, their density does not matter.
/// Latents beyond +-5.2 (mass 4e-7) are left out. Throws: Error if G's results are not finite or not [n, 2].
/// Cost: a forward pass of some 100,000 to 300,000 latents, and as much time again for the search of triangles.
std::unique_ptr<PushedDensity> push_plane(const PointFunction& generator, const Boxes& boxes,
                                          const PushOptions& options);

/// A target density P made ready for comparisons with many generators.
struct Target {
  std::shared_ptr<const Distribution> density;
  Nodes nodes;  // of P; in the plane only
  Boxes boxes;  // that hold all but 1e-8 of P
};

/// Each box that holds mass is cut into `parts` along every axis, with three nodes in each; 0: 8 on the line, 4 in the
/// plane. Throws: Error unless `density` is on the line or in the plane and its landmarks are known.
Target make_target(const std::shared_ptr<const Distribution>& density, int parts = 0);

/// P and P_G compared at nodes that serve both: E_P f is sum data_weights f(points), E_G f sum generated_weights
/// f(points).
struct Comparison {
  Tensor points;             // [n, d] float64
  Tensor data_weights;       // [n] float64, which sum to 1
  Tensor generated_weights;  // [n] float64, which sum to 1
  Tensor log_odds;           // [n] float64: log p/p_G, the logit of D*; -inf at atoms of P_G, +inf where P_G is not
  std::shared_ptr<const PushedDensity> pushed;  // P_G's density
  double js = 0;                                // JSD(P, P_G) in nats
  double error = 0;          // how far js moves as the latent cells are halved: about a bound on what is left
  double singular_mass = 0;  // of P_G: on points or lines, where P has no mass

  /// max_D V(D, G) = -2 log 2 + 2 JSD.
  double value_max() const { return 2 * (js - kLog2); }

  /// V(D, G) of any D, from its logits at the points; -inf is possible where D is sure and wrong.
  double value(const Tensor& logits) const;
};

/// Compares P with the distribution of G(z), z ~ N(0, I).
///
///   JSD = 1/2 (E_P + E_G) [log 2 - H(D*)],  H(D) = -D log D - (1 - D) log(1 - D),  D* = p/(p + p_G)
///
/// The integrand lies in [0, log 2] and is of second order in the error of the densities.
/// Deterministic. Throws: Error as `push_line` and `push_plane`.
Comparison compare(const Target& target, const GeneratorFunction& generator, const PushOptions& options = {});

/// Compares P with a known density in P_G's place; `error` is how far js moves with the other's nodes at their
/// sparsest.
Comparison compare(const Target& target, const Target& other);

/// log p/q, the logit of D* where q is P_G's density; 0 where neither is.
Tensor log_ratio(const Tensor& log_p, const Tensor& q);

/// A generator's forward pass in float64 and evaluation mode, on copies of its weights.
///
/// `options` are those that it was made from. Throws: Error unless latents and points have the same dimension, 1 or 2.
GeneratorFunction generator_function(const Network& generator, const NetworkOptions& options);

/// D's forward pass likewise, some thousand rows at a time, so that they stay in the processor's cache. Shapes: x [n,
/// d] to logits [n].
PointFunction discriminator_function(const Network& discriminator, const NetworkOptions& options);

/// G's results in float64. Throws: Error unless they are finite and as many points as z has rows. Shapes: z [n, d] to x
/// [n, d].
Tensor finite_points(const PointFunction& generator, const Tensor& z);

/// All entries of a tensor, row by row.
std::vector<double> doubles(const Tensor& x);

}  // namespace saddle
