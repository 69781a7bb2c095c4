// The family `dcgan`: deep convolutional networks for images.
#pragma once
#include <cstdint>
#include <memory>

#include "saddle/networks/network.h"

namespace saddle {

/// Returns the G of DCGAN: from z at 1x1 to 4x4 pixels, then doubling the side until the image's size.
///
/// Sides of 4 or 6 times a power of two come out so; for others the next such size is made, and a frame is cut off. The
/// longer side of an image that is no square may begin with more pixels.
///
/// Each layer is a transposed convolution with 4x4 kernels and no bias, then batch norm and ReLU; the last one has tanh
/// alone. `generator_width` is the number of channels before the last layer; each coarser layer has twice as many, up
/// to eight times that number.
/// Weights start from N(0, 0.02^2), batch norm's from N(1, 0.02^2), its bias at 0.
/// Shapes: z [n, latent_dim], result [n, c, h, w] in [-1, 1]; h and w are 8 to 256, and c is 1 to 4.
/// Throws: Error for another shape.
/// Cost: quickest where the width is a multiple of 16 (conv4x4.h).
/// Source: Radford, Metz and Chintala 2016, Unsupervised Representation Learning with Deep Convolutional Generative
/// Adversarial Networks, section 3.
std::unique_ptr<Network> make_dcgan_generator(const NetworkOptions& options, uint64_t seed);

/// Returns the D of DCGAN: halving the side down to 4x4 pixels, then one 4x4 kernel that sees all of them.
///
/// The mirror image of the generator, with leaky ReLU (slope 0.2); the first layer has no batch norm, the last one
/// neither batch norm nor an activation. `discriminator_width` is the number of channels after the first layer.
/// Images of other sizes get G's frame first, in the colours of their border.
/// Shapes: x [n, c, h, w], result [n]. Initialisation, errors and source as of the generator.
std::unique_ptr<Network> make_dcgan_discriminator(const NetworkOptions& options, uint64_t seed);

}  // namespace saddle
