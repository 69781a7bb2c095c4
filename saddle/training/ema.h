// The exponential moving average of a generator's weights, by half-life in samples.
#pragma once
#include <cstdint>

#include "saddle/networks/network.h"

namespace saddle {

/// Moves `average` towards `network`: parameters and floating-point buffers, after `passed` more samples.
///
///   average <- d average + (1 - d) network,  d = 2^(-passed / h),  h = min(half_life, seen / 10)
///
/// The half-life grows with the run until it is `half_life`, so that the first random weights are soon forgotten.
/// Source: Karras et al. 2020, Analyzing and Improving the Image Quality of StyleGAN (released code, ramp-up).
void update_average(Network& average, const Network& network, int64_t passed, int64_t seen, int64_t half_life);

}  // namespace saddle
