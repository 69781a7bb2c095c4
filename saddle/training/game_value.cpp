// Implements the value of a game on samples.
#include "saddle/training/game_value.h"

#include <algorithm>
#include <cmath>

namespace saddle {

Tensor game_values(const Objective& objective, const Tensor& real_logits, const Tensor& fake_logits) {
  constexpr int64_t kBlocks = 64;
  const int64_t n = std::min(real_logits.size(0), fake_logits.size(0));
  const int64_t blocks = std::min(kBlocks, n), size = n / blocks;
  const auto block = [&](const Tensor& logits) {
    return logits.slice(0, 0, blocks * size).to(at::kDouble).view({blocks, size});
  };
  const at::NoGradGuard no_grad;
  const Tensor real = block(real_logits), fake = block(fake_logits);
  std::vector<Tensor> values;
  values.reserve(static_cast<size_t>(blocks));
  for (int64_t b = 0; b < blocks; ++b) values.push_back(-objective.discriminator_loss(real[b], fake[b]));
  return at::stack(values).to(at::kCPU);
}

Mean mean_of(const Tensor& blocks) {
  const auto n = static_cast<double>(blocks.size(0));
  return {blocks.mean().item<double>(), n < 2 ? INFINITY : std::sqrt(blocks.var().item<double>() / n)};
}

double value_at_equality(const Objective& objective) {
  // Where P = Q the best D is one constant; in all games of the table it is 0 but for least squares, 1/2, and KL, 1.
  double best = -INFINITY;
  for (const double constant : {0.0, 0.5, 1.0}) {
    const Tensor logit = at::full({1}, constant, at::kDouble);
    best = std::max(best, -objective.discriminator_loss(logit, logit).item<double>());
  }
  return best;
}

double staleness_ratio(double change, const Mean& value, double at_equality) {
  constexpr double kSmallest = 0.01;  // nats: below it V says no more than that P and Q are close
  return std::abs(change) / std::max({value.estimate - at_equality, kSmallest, 2 * value.standard_error});
}

}  // namespace saddle
