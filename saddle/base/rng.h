// Random generators, always passed and never global, and draws from them.
#pragma once
#include <cstdint>
#include <string_view>

#include "saddle/base/tensor.h"

namespace saddle {

/// LibTorch's generator (Mersenne twister on the CPU, Philox on a GPU); copies share one state.
using Rng = at::Generator;

/// Returns a 64-bit hash of (seed, purpose), for seeds that must not depend on the order of their use.
uint64_t derive_seed(uint64_t seed, std::string_view purpose);

/// Returns a generator of its own for one purpose of a run: the same (seed, purpose, kind of device) gives the same
/// draws. Throws: c10::Error where this LibTorch does not know the device.
Rng make_rng(uint64_t seed, std::string_view purpose, Device device = at::kCPU);

/// Returns draws from N(0, 1), drawn where the generator is and moved: from a generator on the CPU, as all are that
/// are not asked for elsewhere, every device sees the same numbers.
///
/// Shapes: result `shape`, float32 unless `dtype` says otherwise.
Tensor randn(at::IntArrayRef shape, Rng& rng, Device device = at::kCPU, at::ScalarType dtype = at::kFloat);

/// Returns draws from the uniform distribution on [0, 1), as `randn` does.
Tensor rand(at::IntArrayRef shape, Rng& rng, Device device = at::kCPU, at::ScalarType dtype = at::kFloat);

/// Returns the generator's state as a uint8 tensor; `set_rng_state` brings it back bit for bit.
Tensor rng_state(const Rng& rng);

/// Brings back a state taken by `rng_state`.
///
/// Throws: Error if the tensor is not the state of such a generator.
void set_rng_state(Rng& rng, const Tensor& state);

}  // namespace saddle
