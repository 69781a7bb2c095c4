// The value of any game on samples, as parts that two moments of a run can be compared by.
#pragma once
#include "saddle/base/tensor.h"
#include "saddle/objectives/objective.h"

namespace saddle {

/// The game's value on equal blocks of the same rows: what D maximises, minus its loss.
///
/// For minimax it is V(D,G). Blocks, since a loss may be more than a sum over rows; two of these on the same rows and
/// latents are paired, which is what makes small changes visible.
/// Shapes: real_logits and fake_logits [n]; result [blocks] float64, at most 64 blocks of equal size.
Tensor game_values(const Objective& objective, const Tensor& real_logits, const Tensor& fake_logits);

/// A mean over blocks with its standard error.
struct Mean {
  double estimate = 0, standard_error = 0;
};
Mean mean_of(const Tensor& blocks);

/// The value of the game where P = Q and D is at its best, a constant: -2 log 2 for minimax.
double value_at_equality(const Objective& objective);

/// How far a change of the value is from being small: |change| over what the value says about P and Q.
///
///   |change| / max(V - V at equality, 0.01, 2 standard errors of V)
///
/// The article's step is small where this is small: V(D_t, G_t) is then about V(D_t, G_{t+1}).
double staleness_ratio(double change, const Mean& value, double at_equality);

}  // namespace saddle
