// The family `residual`: deep residual networks without normalisation, for GPUs and long runs.
#pragma once
#include <memory>

#include "saddle/networks/network.h"

namespace saddle {

/// Returns a G of residual blocks, from the smallest grid that fits the image (frame.h) up to half the image's size.
///
/// A linear map of z, and of a vector for each label, makes the coarsest grid. At each size stand `layers` blocks,
///
///   x + W3 a(W2 a(W1 x + b1) + b2),
///
/// where W1 doubles the channels (1x1), W2 is a 3x3 convolution within groups of 16 channels, W3 brings them back
/// (1x1), and a is leaky ReLU (slope 0.2). Between sizes a 1x1 convolution changes the channels, and the picture is
/// doubled bilinearly, which is the low-pass filter (1, 3, 3, 1) / 4. The last 1x1 convolution gives the four pixels
/// under each place (no layer has the image's full size). `generator_width` is the number of channels at half the
/// image's size, rounded up to a multiple of 8; each coarser size has twice as many, up to four times that number.
/// Start (fix-up): W1 and W2 from N(0, s^2 / fan_in) with s^2 = 2 / 1.04 / sqrt(L), L the number of blocks of the
/// network; W3 and biases at 0; all else from N(0, 1 / fan_in).
/// Shapes: z [n, latent_dim], labels [n] int64 where `classes` is set, result [n, c, h, w], which may leave [-1, 1]; h
/// and w are 8 to 256, c is 1 to 4. Throws: Error for another shape.
/// Source: Zhang et al. 2019, Fixup Initialization, section 3; Huang et al. 2024, The GAN is dead; long live the GAN!,
/// section 3 (the inverted bottleneck within groups).
std::unique_ptr<Network> make_residual_generator(const NetworkOptions& options, uint64_t seed);

/// Returns the mirror image of that G as a D: four pixels to one place, blocks, halving by the same filter, and at the
/// coarsest grid one weight for each place of each channel, then the last linear layer with its projection on the
/// label's vector (labels.h).
///
/// Nothing in it normalises, and samples do not meet.
/// Shapes: x [n, c, h, w], labels as of G; result [n]. Start, errors and source as of G.
std::unique_ptr<Network> make_residual_discriminator(const NetworkOptions& options, uint64_t seed);

}  // namespace saddle
