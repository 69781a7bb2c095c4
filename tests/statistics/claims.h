// How claims of rates are repeated, printed and judged.
#pragma once
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace saddle::testing {

inline bool is_short() {
  const char* form = std::getenv("SADDLE_CLAIMS");
  return form != nullptr && std::string(form) == "short";
}

inline int repeats(int full, int few) { return is_short() ? few : full; }

inline double standard_error(double rate, int count) { return std::sqrt(rate * (1 - rate) / count); }

/// Prints a rate, and fails where it is above `most` by more than three standard errors.
inline void expect_at_most(const char* claim, int failed, int count, double most) {
  std::printf("%-66s %5d of %5d, at most %.1f %%\n", claim, failed, count, 100 * most);
  EXPECT_LE(failed, count * (most + 3 * standard_error(most, count))) << claim;
}

/// Prints a rate, and fails where it is below `least` by more than three standard errors.
inline void expect_at_least(const char* claim, int held, int count, double least) {
  std::printf("%-66s %5d of %5d, at least %.1f %%\n", claim, held, count, 100 * least);
  EXPECT_GE(held, count * (least - 3 * standard_error(least, count))) << claim;
}

}  // namespace saddle::testing
