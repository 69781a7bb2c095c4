// The distribution of a generator that ends in noise: its push-forward, convolved with that noise.
#pragma once
#include <memory>

#include "saddle/lab/pushforward.h"

namespace saddle {

/// The convolution of `core` with N(0, diag(noise^2)).
///
/// Each piece of the push-forward is a point where the noise is wider than it, larger pieces are cut; the points are
/// laid on a grid of a quarter of the noise, which is convolved in tiles where somebody asks. All of P_G has a density.
/// In the plane it is +inf far from `boxes`, where P has nothing. Noise below a 1,500th of what they span is taken as
/// that; the view from `coarser` has half as much again, which tells what this does. Shapes: noise [d], in the space of
/// the data, d 1 or 2.
std::unique_ptr<PushedDensity> add_noise(std::unique_ptr<PushedDensity> core, const Tensor& noise, const Boxes& boxes);

/// So many draws of a generator in place of its push-forward, to be convolved: for any number of latents.
///
/// Always the same draws. Shapes: map z [n, latents] float64 to x [n, d].
std::unique_ptr<PushedDensity> push_draws(const PointFunction& map, int64_t latents, int64_t draws);

}  // namespace saddle
