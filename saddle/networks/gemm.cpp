// Implements the matrix product: a tile of C stays in registers while it runs along k.
#include "saddle/networks/gemm.h"

#include "saddle/networks/simd.h"

namespace saddle {
namespace simd {
namespace {

Level best_level() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return Level::avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return Level::avx2;
#endif
  return Level::none;
}

Level used_level = best_level();

}  // namespace

Level level() { return used_level; }

void limit_level(Level most) { used_level = std::min(most, best_level()); }

}  // namespace simd

namespace {

struct Gemm {
  /// The tile of C whose first element is (row, column): kRows rows and kVectors vectors of columns.
  template <class Vector, int kRows, int kVectors>
  static SADDLE_INLINE void tile(const MatrixProduct& p, int64_t row, int64_t column) {
    const float *a = p.a + row * p.a_row, *b = p.b + column / 32 * p.b_panel + column % 32;
    float* c = p.c + row * p.n + column;
    Vector sum[kRows][kVectors];
#pragma GCC unroll 12
    for (int64_t i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
      for (int64_t j = 0; j < kVectors; ++j) {
        if (p.accumulate)
          simd::load(sum[i][j], c + i * p.n + j * simd::kWidth<Vector>);
        else
          sum[i][j] = Vector{};
      }
    }
    for (int64_t s = 0; s < p.k; ++s, a += p.a_column, b += p.b_row) {
      Vector right[kVectors];
#pragma GCC unroll 2
      for (int64_t j = 0; j < kVectors; ++j) simd::load(right[j], b + j * simd::kWidth<Vector>);
#pragma GCC unroll 12
      for (int64_t i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
        for (int64_t j = 0; j < kVectors; ++j) sum[i][j] += a[i * p.a_row] * right[j];
      }
    }
#pragma GCC unroll 12
    for (int64_t i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
      for (int64_t j = 0; j < kVectors; ++j) simd::store(c + i * p.n + j * simd::kWidth<Vector>, sum[i][j]);
    }
  }

  /// All rows of a strip of columns.
  template <class Vector, int kVectors>
  static SADDLE_INLINE void strip(const MatrixProduct& p, int64_t column) {
    // 24 sums of AVX-512's 32 registers, 12 of AVX2's 16
    constexpr int64_t kRows = simd::kWidth<Vector> == 16 ? 12 : 6;
    int64_t row = 0;
    for (; row + kRows <= p.m; row += kRows) tile<Vector, kRows, kVectors>(p, row, column);
    for (; row + 4 <= p.m; row += 4) tile<Vector, 4, kVectors>(p, row, column);
    for (; row < p.m; ++row) tile<Vector, 1, kVectors>(p, row, column);
  }

  template <class Vector>
  static SADDLE_INLINE void run(const MatrixProduct& p) {
    int64_t column = 0;
    for (; column + 2 * simd::kWidth<Vector> <= p.n; column += 2 * simd::kWidth<Vector>) strip<Vector, 2>(p, column);
    for (; column < p.n; column += simd::kWidth<Vector>) strip<Vector, 1>(p, column);
  }
};

}  // namespace

void gemm(const MatrixProduct& product) { simd::run<Gemm>(product); }

}  // namespace saddle
