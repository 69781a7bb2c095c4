// The family `conv`: small convolutional networks that learn quickly on a processor.
#pragma once
#include <memory>

#include "saddle/networks/network.h"

namespace saddle {

/// Returns a G that begins at the smallest grid that fits the image (frame.h) and doubles it up to the image's size.
///
/// A linear layer makes the coarsest grid from z, and in a class-conditional G from z and a vector for each label. Each
/// doubling is a transposed convolution with 4x4 kernels; before each of them a convolution with 3x3 kernels works at
/// the smaller size; all of these are followed by batch norm and ReLU. The last doubling makes the image, with a bias
/// and tanh: no layer but the image has its full size. `generator_width` is the number of channels at half the image's
/// size, each coarser layer has twice as many, up to four times that number.
/// Weights start from N(0, 1/fan_in).
/// Shapes: z [n, latent_dim], labels [n] int64 where `classes` is set, result [n, c, h, w] in [-1, 1]; h and w are 8 to
/// 256, c is 1 to 4.
/// Throws: Error for another shape.
std::unique_ptr<Network> make_conv_generator(const NetworkOptions& options, uint64_t seed);

/// Returns a D that halves the image by 4x4 kernels down to G's smallest grid, once more, and ends in a linear layer,
/// to which a class-conditional D adds its projection on the label's vector (labels.h).
///
/// Leaky ReLU (slope 0.2) and a bias after each convolution, and no normalisation: samples do not meet in it, so that
/// gradient penalties are those of single samples. `discriminator_width` is the number of channels after the first
/// halving, each later one has twice as many, up to four times that number.
/// Weights start from N(0, 2 / (1.04 fan_in)).
/// Shapes: x [n, c, h, w], labels as of G; result [n]. Throws: as G.
std::unique_ptr<Network> make_conv_discriminator(const NetworkOptions& options, uint64_t seed);

}  // namespace saddle
