// Rows that meet a condition, drawn by rejection, with a bound on what that may cost.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "saddle/base/tensor.h"

namespace saddle {

/// What was drawn for the rows that are kept.
struct DrawCount {
  int64_t drawn = 0, kept = 0;

  /// The share of what was drawn that is kept; 1 where nothing was drawn.
  double share() const { return drawn > 0 ? static_cast<double>(kept) / static_cast<double>(drawn) : 1; }

  /// The share of rows that would be kept is below this, with 95 % confidence: of none kept 3 / drawn, the rule of
  /// three; else (k + 3 + 1.7 sqrt(k)) / drawn, which is above Poisson's exact limit.
  double share_below() const;
};

/// Which of the drawn rows are kept.
struct RowRule {
  std::function<Tensor(const Tensor& rows)> kept = {};  // of rows [n, c] those that are, as they are; empty: all
  std::string name = {};                                // begins the error where too few are: "--where 'age > 30'"
  std::string hint = {};                                // what may be wrong, for that error; may be empty
  std::function<void(const DrawCount& of_call, int64_t wanted)> progress = {};  // may be empty
  DrawCount count = {};                                                         // of all calls
};

/// How often rows are drawn at most for so many: the larger of 1,000,000 and 1,000 for each.
int64_t most_draws(int64_t wanted);

/// Draws rows until `wanted` of them are kept, and returns these in their order.
///
/// They are independent draws from the source's distribution, given the rule. How many are drawn at once depends on
/// what was kept before alone, so that a source of one seed gives the same rows. Shapes: `draw` returns [n, c] float64;
/// result [wanted, c]. Throws: Error where `most_draws` were not enough, or, after 1,000,000, cannot be with 95 %
/// confidence; it says how many were kept and what share that is. Cost: wanted / share draws, in blocks of 65,536.
Tensor draw_where(const std::function<Tensor(int64_t n)>& draw, RowRule& rule, int64_t wanted);

/// "63 %", "2.5 in a million": a share as people say it.
std::string share_text(double share);

}  // namespace saddle
