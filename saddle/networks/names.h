// What options say of networks: the names of families, and how many latents are noise. It needs no LibTorch.
#pragma once
#include <array>
#include <cstdint>

namespace saddle {

/// The names of the rows of the table of families, in their order (networks/network.cpp).
inline constexpr std::array kNetworkNames = {"mlp", "dcgan", "conv", "residual", "table"};

/// How many of a generator's latents are the noise that it adds: `Options` have output_noise, inner_noise, layers and
/// generator_width; it makes points of d coordinates.
template <class Options>
int64_t noise_latents(const Options& options, int64_t d) {
  return (options.output_noise > 0 ? d : 0) +
         (options.inner_noise > 0 ? options.layers * options.generator_width : int64_t{0});
}

}  // namespace saddle
