// What takes longer than a frame: JSD on finer cells, JSD from samples, and V of the held D along G's step.
#pragma once
#include <memory>
#include <string>

#include "saddle/lab/lab_pictures.h"
#include "saddle/lab/pushforward.h"

namespace saddle {

/// The cells of a look.
constexpr PushOptions kFineLook = {.tolerance = 1e-7, .most_cells = 20000};

/// `function` of many rows, some at a time, so that they stay in the processor's cache.
Tensor by_parts(const GeneratorFunction& function, const Tensor& x);

/// Along G's step, ever further: V of the D that is held, max_D V, and where they part.
struct StepLook {
  std::vector<double> multiples, value, value_max;  // of the step; V and its maximum there
  double parts_at = 0;                              // see `look_along`; NaN: nowhere so far out
};

/// Looks along G's step as far as three times to where V and its maximum part, at most 64 steps.
///
/// They have parted where max_D V - V has grown by more than a tenth of 2 JSD at the start: from there V tells less
/// than nine tenths of what it told.
StepLook look_along(const Target& target, const GeneratorFunction& logits, const GeneratorPath& path);

/// A look at one moment of a game, with copies of all that it needs.
struct CloserLook {
  std::shared_ptr<const Target> target, sparse_target;  // for the JSD, and for the many along the step
  GeneratorFunction discriminator, after;
  GeneratorPath path;  // of G from where D last moved to where it is, and on; empty: it has not moved since
  uint64_t seed = 0;
  int64_t samples = 0;  // seen, for draws of their own

  /// Members of a JSON object (docs/laboratory.md, event `look`).
  std::string json() const;
};

}  // namespace saddle
