// Walks through a generator's latents.
#pragma once
#include "saddle/base/tensor.h"

namespace saddle {

/// The latent at t in [0, 1] on the arc of a great circle from a to b, so that it is as probable as the ends:
/// (sin((1 - t) w) a + sin(t w) b) / sin w, where w is the angle between them; ends in one direction, or in opposite
/// ones, have no one arc, and a line takes its place.
///
/// Shapes: a and b [latent_dim], result as they are. Source: White 2016, Sampling Generative Networks, section 2.1.
Tensor on_arc(const Tensor& a, const Tensor& b, double t);

/// A closed walk through latents in turn and back to the first, `steps` from each to the next. Shapes: ends [n,
/// latent_dim], result [n steps, latent_dim].
Tensor closed_walk(const Tensor& ends, int64_t steps);

}  // namespace saddle
