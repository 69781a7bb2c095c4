// Numbers that formulas share.
#pragma once
#include <limits>
#include <numbers>

namespace saddle {

constexpr double kLog2 = std::numbers::ln2;     // the largest JSD, in nats
constexpr double kLog2Pi = 1.8378770664093453;  // log 2 pi
constexpr double kInfinity = std::numeric_limits<double>::infinity();

}  // namespace saddle
