// The exact divergence of a known density and a generator's distribution, by pushing the latents forward.
#pragma once
#include <cstdint>
#include <memory>

#include "saddle/distributions/distribution.h"
#include "saddle/lab/pushed_density.h"
#include "saddle/networks/network.h"

namespace saddle {

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

/// JSD(P, P_G) in nats, its error and the singular mass of P_G, of `compare`.
struct PushforwardJs {
  double js, error, singular_mass;
};
PushforwardJs pushforward_js(const std::shared_ptr<const Distribution>& p, const GeneratorFunction& generator,
                             const PushOptions& options = {});

/// A generator's forward pass in float64 and evaluation mode, on copies of its weights.
///
/// `options` are those that it was made from. Throws: Error unless latents and points have the same dimension, 1 or 2.
GeneratorFunction generator_function(const Network& generator, const NetworkOptions& options);

/// A network's forward pass in float64 and evaluation mode, by a twin of the same architecture that takes its weights.
GeneratorFunction in_double(const Network& network, const std::shared_ptr<Network>& twin);

}  // namespace saddle
