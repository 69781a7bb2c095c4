// The games: the loss that D minimises and the loss that G minimises, one table row each.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "saddle/base/tensor.h"

namespace saddle {

/// A scalar loss of D's raw outputs on real and on fake samples.
using LogitLoss = std::function<Tensor(const Tensor& real_logits, const Tensor& fake_logits)>;

/// One game. Every loss is minimised; logits are D's raw outputs [n]; losses are scalars.
///
/// In every game a large logit says "real": D's loss falls as real logits rise and as fake ones fall, G's loss as fake
/// ones rise. All losses are finite for logits of any size up to 1e4, in float32 too.
struct Objective {
  std::string name;
  std::string summary;  // one line for people
  LogitLoss discriminator_loss;
  LogitLoss generator_loss;           // real_logits may be undefined where generator_needs_real is not set
  bool logits_are_log_odds;           // at its optimum D's logit is log p/q, so V(D,G) bounds the JSD tightly
  bool generator_needs_real = false;  // G's loss compares with real logits, as many as fake ones
};

/// All rows of the table: the games of their own papers, then one row `fgan_X` for every row X of `f_divergences`.
///
/// The f-GAN games, with g and f* of the divergence's row (Nowozin et al. 2016, f-GAN, section 2): D minimises
/// -(E_P g(V) - E_Q f*(g(V))), whose minimum over V is -D_f(P||Q), and G minimises -E_Q f*(g(V)).
const std::vector<Objective>& objectives();

/// Returns the row of that name. Throws: Error with the known names and the nearest.
const Objective& find_objective(const std::string& name);

/// The value of the game, V(D,G) = E_P[log D] + E_Q[log(1 - D)] with D = sigmoid(logit), which D maximises.
///
/// Shapes: real_logits [n], fake_logits [m]; result a scalar.
/// Source: Goodfellow et al. 2014, Generative Adversarial Nets, eq. 1.
Tensor value(const Tensor& real_logits, const Tensor& fake_logits);

}  // namespace saddle
