// The names of network families; it needs no LibTorch.
#pragma once
#include <array>

namespace saddle {

/// The names of the rows of the table of families, in their order (networks/network.cpp).
inline constexpr std::array kNetworkNames = {"mlp", "dcgan"};

}  // namespace saddle
