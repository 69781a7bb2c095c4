// The f-divergences and their variational bounds, one table row each.
#pragma once
#include <string>
#include <vector>

#include "saddle/base/tensor.h"

namespace saddle {

/// One f-divergence D_f(P||Q) = E_Q f(p/q), and the game whose maximum over V it is.
///
///   D_f(P||Q) >= E_P g(V) - E_Q f*(g(V)),   with equality at g(V) = f'(p/q)
///
/// V is a discriminator's raw output; the activation g increases into the domain of f*, so that a large V says "from
/// P". Where g or f* is exponential, g grows as the logarithm of V beyond |V| = 40, so that g(V) and f*(g(V)) are
/// finite for every V and the bound holds. All functions act element by element on floating-point tensors and are
/// differentiable. Source: Nowozin et al. 2016, f-GAN, tables 1, 2 and 6, with g increasing throughout.
struct FDivergence {
  const char* name;
  const char* summary;                                 // one line for people, with the formula of what is reported
  Tensor (*f)(const Tensor& u);                        // convex on u > 0
  Tensor (*derivative)(const Tensor& u);               // f'; a subgradient at a kink
  Tensor (*conjugate)(const Tensor& t);                // f*(t) = sup over u >= 0 of u t - f(u); +inf outside its domain
  Tensor (*activation)(const Tensor& v);               // g
  Tensor (*conjugate_of_activation)(const Tensor& v);  // f*(g(v)), in a form that is exact for every v
  double threshold;                                    // f'(1): a larger g(V) says that p > q
  double scale, offset;                                // reported value = scale D_f + offset
  double highest;                                      // of the reported value, which starts at 0
};

/// All rows of the table.
///
/// `gan` is a game and no divergence: D_f(P||P) = -log 4, and its reported value is the JSD, like that of `js`.
const std::vector<FDivergence>& f_divergences();

/// Returns the row of that name. Throws: Error with the known names and the nearest.
const FDivergence& find_f_divergence(const std::string& name);

/// The game's value E_P g(V) - E_Q f*(g(V)), a lower bound on D_f(P||Q) for the expectations.
///
/// Shapes: real_outputs [n], fake_outputs [m]; result a scalar. For `gan` it is V(D,G) with D = sigmoid(V).
Tensor f_value(const FDivergence& divergence, const Tensor& real_outputs, const Tensor& fake_outputs);

}  // namespace saddle
