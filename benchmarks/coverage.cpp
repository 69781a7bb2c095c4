// Counts how often the interval of V holds V of the same critics on many new rows; benchmarks/coverage.py runs it.

// bench_coverage COUNT DIM SHIFT FIRST LAST   prints one JSON line for each repeat from FIRST on, before LAST
#include <cstdio>

#include "saddle/base/rng.h"
#include "saddle/critics/bounds.h"
#include "saddle/critics/combined_critic.h"

using namespace saddle;

namespace {

constexpr int64_t kFolds = 3, kNewRows = 20'000;
constexpr double kConfidence = 0.95;

/// N(0, I) and N(shift e_1, I).
struct Sides {
  Tensor p, q;
};

Sides draw(int64_t count, int64_t dim, double shift, Rng& rng) {
  Sides sides{randn({count, dim}, rng), randn({count, dim}, rng)};
  sides.q.select(1, 0).add_(shift);
  return sides;
}

/// One repeat: cross-fitted critics, their pooled interval, and the mean of their V on new rows.
nlohmann::json repeat(int64_t count, int64_t dim, double shift, int64_t number) {
  Rng rng = make_rng(static_cast<uint64_t>(number), "bench coverage");
  const Sides rows = draw(count, dim, shift, rng), more = draw(kNewRows, dim, shift, rng);
  const Tensor fold = at::arange(count).remainder(kFolds);
  const Tensor p_logits = at::zeros({count}, at::kDouble), q_logits = at::zeros({count}, at::kDouble);
  double on_new_rows = 0;
  for (int64_t k = 0; k < kFolds; ++k) {
    const Tensor held = (fold == k).nonzero().squeeze(1), fit = (fold != k).nonzero().squeeze(1);
    const CombinedCritic critic(rows.p.index_select(0, fit), rows.q.index_select(0, fit),
                                static_cast<uint64_t>(kFolds * number + k));
    const auto own = critic.judge(rows.p.index_select(0, held), rows.q.index_select(0, held));
    p_logits.index_copy_(0, held, own.p_logits);
    q_logits.index_copy_(0, held, own.q_logits);
    const auto fresh = critic.judge(more.p, more.q);
    on_new_rows += estimate_value(fresh.p_logits, fresh.q_logits, kConfidence).value.estimate / kFolds;
  }
  const Interval value = estimate_value(p_logits, q_logits, kConfidence).value;
  return {{"estimate", value.estimate}, {"lower", value.lower}, {"upper", value.upper}, {"on_new_rows", on_new_rows}};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  const at::NoGradGuard no_grad;
  for (int64_t number = std::stoll(argv[4]); number < std::stoll(argv[5]); ++number) {
    std::printf("%s\n", repeat(std::stoll(argv[1]), std::stoll(argv[2]), std::stod(argv[3]), number).dump().c_str());
    std::fflush(stdout);
  }
  return 0;
}
