// Vector arithmetic that is compiled for several instruction sets and chosen when the program runs.
#pragma once
#include <cstdint>
#include <utility>

namespace saddle::simd {

/// Eight and sixteen floats: one register of AVX2 and of AVX-512.
using Float8 = float __attribute__((vector_size(32)));
using Float16 = float __attribute__((vector_size(64)));

/// What a kernel is made of must be inlined, so that it is compiled for the instruction set of `run` below.
#define SADDLE_INLINE inline __attribute__((always_inline))

template <class Vector>
SADDLE_INLINE void load(Vector& v, const float* p) {
  __builtin_memcpy(&v, p, sizeof v);
}

template <class Vector>
SADDLE_INLINE void store(float* p, const Vector& v) {
  __builtin_memcpy(p, &v, sizeof v);
}

/// How many floats a vector holds.
template <class Vector>
constexpr int64_t kWidth = sizeof(Vector) / sizeof(float);

enum class Level { none, avx2, avx512 };

/// The best instruction set that this processor has and the kernels are written for.
Level level();

/// Makes `level` return at most `most`, so that tests can compare every version of the kernels.
void limit_level(Level most);

#if defined(__x86_64__)
template <class Kernel, class... Arguments>
__attribute__((target("avx512f"))) void run_avx512(const Arguments&... arguments) {
  Kernel::template run<Float16>(arguments...);
}

template <class Kernel, class... Arguments>
__attribute__((target("avx2,fma"))) void run_avx2(const Arguments&... arguments) {
  Kernel::template run<Float8>(arguments...);
}
#endif

/// Runs `Kernel::run<Vector>(arguments...)` compiled for this processor; `level()` must not be `none`.
template <class Kernel, class... Arguments>
void run(const Arguments&... arguments) {
#if defined(__x86_64__)
  if (level() == Level::avx512)
    run_avx512<Kernel>(arguments...);
  else
    run_avx2<Kernel>(arguments...);
#endif
}

}  // namespace saddle::simd
