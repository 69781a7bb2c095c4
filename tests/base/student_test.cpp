// Tests of Student's quantile.
#include "saddle/base/student.h"

#include <gtest/gtest.h>

namespace saddle {
namespace {

TEST(StudentQuantile, IsThatOfTables) {
  EXPECT_NEAR(student_quantile(0.95, 9), 2.2622, 0.004);
  EXPECT_NEAR(student_quantile(0.95, 39), 2.0227, 1e-4);
  EXPECT_NEAR(student_quantile(0.9, 20), 1.7247, 5e-4);
  EXPECT_NEAR(student_quantile(0.95, 1e9), 1.95996, 1e-5);
}

}  // namespace
}  // namespace saddle
