// Products of float32 matrices of the sizes that these networks have, on one thread.
#pragma once
#include <cstdint>

namespace saddle {

/// C = A B, or C += A B: where the matrices are, A [m, k], B [k, n] and C [m, n].
struct MatrixProduct {
  int64_t m, n, k;  // n a multiple of 16
  const float* a;   // element (i, s) stands at a[i * a_row + s * a_column]
  int64_t a_row, a_column;
  const float* b;           // in panels of 32 columns: (s, j) stands at b[j / 32 * b_panel + s * b_row + j % 32];
  int64_t b_row, b_panel;   // a row-major matrix has b_row = n and b_panel = 32
  float* c;                 // (i, j) stands at c[i * n + j]
  bool accumulate = false;  // whether C keeps what it holds
};

/// Computes a matrix product.
///
/// Each element is summed over k in order, so that it depends neither on the other sizes nor on threads.
void gemm(const MatrixProduct& product);

}  // namespace saddle
