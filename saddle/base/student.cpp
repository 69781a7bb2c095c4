// Implements Student's quantile.
#include "saddle/base/student.h"

#include "saddle/base/tensor.h"

namespace saddle {

double student_quantile(double confidence, double freedom) {
  const double z = at::special_ndtri(at::scalar_tensor((1 + confidence) / 2, at::kDouble)).item<double>();
  const double z3 = z * z * z, z5 = z3 * z * z;
  return z + (z3 + z) / (4 * freedom) + (5 * z5 + 16 * z3 + 3 * z) / (96 * freedom * freedom);
}

}  // namespace saddle
