// Implements generators seeded by purpose.
#include "saddle/base/rng.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>

#include "saddle/base/error.h"

namespace saddle {

uint64_t derive_seed(uint64_t seed, std::string_view purpose) {
  // FNV-1a over the bytes of the purpose, then SplitMix64's finaliser, so that near seeds give far states.
  uint64_t hash = 0xcbf29ce484222325ULL ^ seed;
  for (const char c : purpose) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  hash += 0x9e3779b97f4a7c15ULL + seed;
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9ULL;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebULL;
  return hash ^ (hash >> 31);
}

Rng make_rng(uint64_t seed, std::string_view purpose, Device device) {
  if (device.is_cpu()) return at::detail::createCPUGenerator(derive_seed(seed, purpose));
  Rng rng = at::globalContext().getAcceleratorHooksInterface(device.type()).getNewGenerator(device.index());
  rng.set_current_seed(derive_seed(seed, purpose));
  return rng;
}

Tensor randn(at::IntArrayRef shape, Rng& rng, Device device, at::ScalarType dtype) {
  return at::randn(shape, rng, at::TensorOptions().dtype(dtype).device(rng.device())).to(device);
}

Tensor rand(at::IntArrayRef shape, Rng& rng, Device device, at::ScalarType dtype) {
  return at::rand(shape, rng, at::TensorOptions().dtype(dtype).device(rng.device())).to(device);
}

Tensor rng_state(const Rng& rng) { return rng.get_state(); }

void set_rng_state(Rng& rng, const Tensor& state) {
  if (!state.defined() || state.scalar_type() != at::kByte || state.numel() != rng.get_state().numel())
    throw Error("random generator: expected the state of such a generator, got another tensor");
  rng.set_state(state.contiguous());
}

}  // namespace saddle
