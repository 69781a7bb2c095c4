// The games: the loss that D minimises and the loss that G minimises, one table row each.
#pragma once
#include <string>
#include <vector>

#include "saddle/base/tensor.h"

namespace saddle {

/// One game. Every loss is minimised; logits are D's raw outputs [n]; losses are scalars.
struct Objective {
  const char* name;
  const char* summary;  // one line for people
  Tensor (*discriminator_loss)(const Tensor& real_logits, const Tensor& fake_logits);
  Tensor (*generator_loss)(const Tensor& real_logits, const Tensor& fake_logits);
  bool logits_are_log_odds;  // at its optimum D's logit is log p/q, so V(D,G) bounds the JSD
};

/// All rows of the table.
const std::vector<Objective>& objectives();

/// Returns the row of that name. Throws: Error with the known names and the nearest.
const Objective& find_objective(const std::string& name);

/// The value of the game, V(D,G) = E_P[log D] + E_Q[log(1 - D)] with D = sigmoid(logit), which D maximises.
///
/// Shapes: real_logits [n], fake_logits [m]; result a scalar.
/// Source: Goodfellow et al. 2014, Generative Adversarial Nets, eq. 1.
Tensor value(const Tensor& real_logits, const Tensor& fake_logits);

}  // namespace saddle
