// The family `mlp`: multilayer perceptrons for points.
#pragma once
#include <cstdint>
#include <memory>

#include "saddle/networks/network.h"

namespace saddle {

/// Returns a G of `layers` hidden layers of `generator_width` ReLUs, whose output is put on the data's scale.
///
///   G(z) = scale * linear(relu(... relu(linear(z)) ...)) + loc
///
/// Hidden weights start uniform on +-sqrt(6/inputs), which keeps the scale of a ReLU's inputs from layer to layer;
/// the last weights, and biases, on +-1/sqrt(inputs). Source: He et al. 2015, section 2.2.
/// With `output_noise` scale e is added, e ~ N(0, diag(s^2)), s a parameter that starts there; with `inner_noise` each
/// hidden layer's units likewise, behind the ReLU. All of that noise is part of z (`noise_latents`).
/// Shapes: z [n, latent_dim], result [n, d].
/// Throws: Error unless options.shape is {d}, and loc and scale are undefined or [d].
std::unique_ptr<Network> make_mlp_generator(const NetworkOptions& options, uint64_t seed);

/// Returns a D of `layers` hidden layers of `discriminator_width` leaky ReLUs (slope 0.2) on (x - loc) / scale.
///
/// Shapes: x [n, d], result [n]. Initialisation and errors as of the generator.
std::unique_ptr<Network> make_mlp_discriminator(const NetworkOptions& options, uint64_t seed);

}  // namespace saddle
